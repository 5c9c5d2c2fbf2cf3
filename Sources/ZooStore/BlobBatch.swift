import Glibc
import Synchronization
import ZooBase

/// Blobs that become visible together.
///
/// A thread waits for the disk while the next blobs are written; names are given when all are durable.
final class BlobBatch: Sendable {
    /// Open files are bounded: a batch of more blobs than this is published in parts.
    private static let maximumPending = 200
    /// What the temporary names of this batch begin with.
    let mark = ".\(String(UInt64.random(in: .min ... .max), radix: 36))-"
    private let blobs: BlobStore
    private let willTake: @Sendable (WriteStep) throws(StoreError) -> Void
    private let disk = Lane("disk")
    private let pending = Mutex<[PendingBlob]>([])
    private let newBytes = Atomic<Int>(0)

    /// Bytes of the blobs that were not in the store before, as far as published.
    var newByteCount: Int { newBytes.load(ordering: .relaxed) }

    init(_ store: Store) {
        blobs = store.blobs
        willTake = store.willTake
    }

    deinit {
        try? disk.finish()
        pending.withLock { $0.forEach(Self.discard) }
    }

    func add(_ blob: PendingBlob) throws(StoreError) {
        let count = pending.withLock { list in
            list.append(blob)
            return list.count
        }
        try willTake(.writeBlob)
        try disk.send { () throws(StoreError) in
            guard fchmod(blob.descriptor, 0o444) == 0, fsync(blob.descriptor) == 0 else {
                throw .file(FileError("sync", blob.temporary))
            }
        }
        if count >= Self.maximumPending { try publish() }
    }

    /// Makes the bytes of a file durable, in the background, and closes it.
    func sync(_ descriptor: Int32, path: String) throws(StoreError) {
        try disk.send { () throws(StoreError) in
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw .file(FileError("sync", path)) }
        }
    }

    /// Takes a blob whose bytes are on their way to the disk already and whose file stays until it has its name.
    func adopt(_ blob: PendingBlob) throws(StoreError) {
        guard chmod(blob.temporary, 0o444) == 0 else { throw .file(FileError("set permissions of", blob.temporary)) }
        pending.withLock { $0.append(blob) }
        try willTake(.writeBlob)
    }

    /// Makes every blob durable and gives it its name.
    ///
    /// A blob that is there already is kept, unless its bytes are damaged: then it is replaced, and so healed.
    func publish() throws(StoreError) {
        var list = pending.withLock { list in
            defer { list = [] }
            return list
        }
        defer { list.forEach(Self.discard) }
        try disk.finish()
        var folders: Set<String> = []
        while let blob = list.first {
            let path = blobs.path(of: blob.segment.digest)
            let isThere = (try? blobs.open(blob.segment.digest, size: blob.segment.size, verify: true)) != nil
            let folder = FilePaths.parent(of: path)
            // Also for a blob that is there: who named it may have been killed before the name was durable.
            folders.insert(folder)
            if !isThere {
                try io { () throws(FileError) in try FilePaths.makeFolder(folder) }
                try willTake(.nameBlob)
                guard rename(blob.temporary, path) == 0 else { throw .file(FileError("rename to", path)) }
                newBytes.add(blob.segment.size, ordering: .relaxed)
            }
            unlink(blob.temporary)
            Self.discard(blob)
            list.removeFirst()
        }
        for folder in folders.sorted() {
            try io { () throws(FileError) in try AtomicFile.syncFolder(of: folder + "/blob") }
        }
        if let folder = folders.first { try io { () throws(FileError) in try AtomicFile.syncFolder(of: folder) } }
    }

    /// Removes what was written and has no name yet, whoever holds it: for a failure after which the process may end
    /// before the last reference is gone.
    func abandon() {
        try? disk.finish()
        pending.withLock { list in
            list.forEach(Self.discard)
            list = []
        }
        let folder = blobs.layout.blobs
        for name in (try? FilePaths.list(folder)) ?? [] where name.hasPrefix(mark) {
            unlink(FilePaths.join(folder, name))
        }
    }

    /// Closes the file and removes what still has the temporary name, unless the next pull can go on with it.
    private static func discard(_ blob: PendingBlob) {
        if blob.descriptor >= 0 { close(blob.descriptor) }
        if !blob.isResumable { unlink(blob.temporary) }
    }
}
