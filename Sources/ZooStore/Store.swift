import Dispatch
import Glibc
import Synchronization
public import ZooBase

/// The steps by which a version becomes visible.
enum WriteStep: Sendable, CaseIterable {
    case writeBlob, nameBlob, writeManifest, nameVersion, record
}

/// The registry under one home folder.
///
/// Opening it touches nothing; folders appear when something is written.
public final class Store: Sendable {
    /// What a command may do.
    public enum Access: Sendable {
        /// Nothing but the index and the cache changes, and these only where they can be written.
        case readOnly
        /// Everything.
        case readWrite
    }

    /// The home folder.
    public let home: String
    /// What this command may do.
    public let access: Access
    /// The blobs.
    public let blobs: BlobStore
    let layout: Layout
    let index: Index
    private let hold = Mutex(WeakHold())
    /// Called before each step that changes what others can see; a test throws from it to stop there.
    let willTake: @Sendable (WriteStep) throws(StoreError) -> Void

    /// Opens the registry at `home`, which need not exist.
    ///
    /// - Parameter notice: told in one line about things that were put right on the way (an index made anew).
    public convenience init(
        home: String, access: Access, notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(home: home, access: access, notice: notice) { (_) throws(StoreError) in }
    }

    init(
        home: String, access: Access, notice: @escaping @Sendable (String) -> Void,
        willTake: @escaping @Sendable (WriteStep) throws(StoreError) -> Void
    ) {
        self.willTake = willTake
        self.home = home
        self.access = access
        layout = Layout(home: home)
        index = Index(layout: layout, notice: notice)
        blobs = BlobStore(layout: layout)
    }

    /// Begins to write; holds off `gc` and `rm` of other processes until the writer goes.
    ///
    /// - Throws: `StoreError.readOnly`, `.locked`, `.file`.
    public func writer() throws(StoreError) -> StoreWriter {
        try makeFolders()
        return StoreWriter(self, hold: try shared())
    }

    /// Whether the manifest of this digest is there, whole or not.
    public func holds(_ manifest: ContentDigest) -> Bool { FilePaths.exists(layout.manifest(manifest)) }

    /// The manifest of this digest.
    ///
    /// - Throws: `StoreError.damaged` when it is missing or its bytes are not the ones it is named by.
    public func manifest(_ digest: ContentDigest) throws(StoreError) -> Manifest {
        let path = layout.manifest(digest)
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path) } catch {
            guard error.code == ENOENT else { throw .file(error) }
            throw .damaged(path: path, reason: "the manifest is missing")
        }
        guard ContentDigest(of: bytes) == digest else {
            throw .damaged(path: path, reason: "the manifest's bytes do not have the SHA-256 it is named by")
        }
        return try Manifest(parsing: bytes, path: path)
    }

    /// The manifest of a version.
    public func manifest(of version: ModelVersion) throws(StoreError) -> Manifest { try manifest(version.manifest) }

    /// The largest blob whose SHA-256 is checked whenever it is opened.
    static let alwaysVerified = 1 << 20

    /// Maps a file's blobs.
    ///
    /// Sizes are always checked, and the SHA-256 of blobs of up to 1 MiB: configuration, tokenizer, labels, the headers
    /// of checkpoints; with `verify` the SHA-256 of every blob.
    ///
    /// - Throws: `StoreError.damagedBlob` naming blob, path, file and remedy.
    public func open(_ file: StoredFile, verify: Bool = false) throws(StoreError) -> SegmentedBytes {
        let segments = file.segments
        @Sendable func open(_ index: Int) -> Result<ByteStorage, StoreError> {
            Result { () throws(StoreError) in
                let segment = segments[index]
                return try blobs.open(
                    segment.digest, size: segment.size, verify: verify || segment.size <= Self.alwaysVerified,
                    for: file.path)
            }
        }
        var storages: [ByteStorage] = []
        guard verify else {
            for index in segments.indices { storages.append(try open(index).get()) }
            return SegmentedBytes(storages)
        }
        // Hashing is what takes time then: on all cores.
        let opened = Mutex([Result<ByteStorage, StoreError>?](repeating: nil, count: segments.count))
        DispatchQueue.concurrentPerform(iterations: segments.count) { index in
            let result = open(index)
            opened.withLock { $0[index] = result }
        }
        for case let result? in opened.withLock({ $0 }) { storages.append(try result.get()) }
        return SegmentedBytes(storages)
    }

    /// Hashes all blobs of `files` on other cores while the caller goes on with bytes that are not verified yet.
    ///
    /// The value throws what `open` with `verify` would have. Nothing that came of the bytes may be kept before.
    public func verification(of files: [StoredFile]) -> Later<Void> {
        Later { () throws(StoreError) in
            for file in files { _ = try self.open(file, verify: true) }
        }
    }

    /// Rebuilds a file byte for byte at `path`, which appears whole or not at all; every blob is verified.
    ///
    /// - Throws: `StoreError.damagedBlob`, `.file`.
    public func write(_ file: StoredFile, to path: String) throws(StoreError) {
        let bytes = try open(file)
        try io { () throws(FileError) in try FilePaths.makeFolder(FilePaths.parent(of: path)) }
        var output: AtomicFile
        do { output = try AtomicFile(at: path) } catch { throw .file(error) }
        for (segment, storage) in zip(file.segments, bytes.segments) {
            let found = storage.withUnsafeBytes { ContentDigest(of: $0) }
            guard found == segment.digest else {
                throw .damagedBlob(
                    digest: segment.digest, path: blobs.path(of: segment.digest), file: file.path,
                    found: "other bytes (\(found.short))")
            }
            let outcome = storage.withUnsafeBytes { buffer in
                Result { () throws(FileError) in try output.write(buffer) }
            }
            do { try outcome.get() } catch { throw .file(error) }
            storage.relinquish(0..<storage.byteCount)
        }
        do { try output.commit() } catch { throw .file(error) }
    }

    /// What holds off `gc` and `rm` while it lives: one and the same for all that write through this value, since to pass
    /// the turnstile a second time would be to wait for who waits for the first.
    func shared() throws(StoreError) -> SharedHold {
        if let held = hold.withLock({ $0.value }) { return held }
        let new = SharedHold(try lock(.shared))
        hold.withLock { $0.value = new }
        return new
    }

    /// Takes the lock of the registry: writers share it, what removes things has it alone.
    ///
    /// Everybody passes a turnstile first, in which one that wants to be alone stays until it is: it waits for those
    /// that are inside, and no later one can overtake it.
    func lock(_ mode: Lock.Mode, seconds: Int = 30) throws(StoreError) -> Lock {
        let turn = try Lock(
            layout.turn, mode, what: "another zoo command waits to remove things from the registry",
            // Whoever waits in it gives up earlier than those that wait for it.
            seconds: mode == .shared ? seconds * 2 : seconds)
        defer { withExtendedLifetime(turn) {} }
        return try Lock(
            layout.lock, mode,
            what: mode == .shared
                ? "another zoo command is removing things from the registry"
                : "another zoo command is writing to the registry", seconds: seconds)
    }

    func requireWritable() throws(StoreError) {
        guard access == .readWrite else { throw .readOnly(home: home) }
    }

    func makeFolders() throws(StoreError) {
        try requireWritable()
        try io { () throws(FileError) in
            for folder in [
                layout.blobs, layout.manifests, layout.refs, layout.records, layout.logs, layout.mirrors,
                layout.partial, layout.runs, layout.cache,
            ] { try FilePaths.makeDurableFolder(folder) }
        }
    }
}

/// The lock of a registry, shared with other writers.
final class SharedHold: Sendable {
    private let lock: Lock
    init(_ lock: consuming Lock) { self.lock = lock }
}

private struct WeakHold {
    weak var value: SharedHold?
}
