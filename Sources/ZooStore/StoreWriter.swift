import Glibc
public import ZooBase

/// Puts files and versions into a store.
///
/// Blobs first, then the manifest, then the ref: whatever ends it early, nothing half-made is visible. While it lives,
/// nothing is removed from the store.
public final class StoreWriter {
    /// Bytes of a file that go in as one segment.
    public struct Part: Sendable {
        let digest: ContentDigest?
        let storage: ByteStorage
        let range: Range<Int>

        /// Names the bytes `range` of `storage`.
        ///
        /// When their SHA-256 is known and the blob is there, they are not written again.
        public init(_ storage: ByteStorage, _ range: Range<Int>, digest: ContentDigest? = nil) {
            self.storage = storage
            self.range = range
            self.digest = digest
        }

        /// Names all of `bytes`.
        public init(_ bytes: [UInt8]) { self.init(ByteStorage(copying: bytes), 0..<bytes.count) }
    }

    /// What `commit` did.
    public struct Commit: Sendable, Hashable {
        /// The version that the manifest is.
        public let version: ModelVersion
        /// False when the model had this version already.
        public let wasNew: Bool
    }

    /// The store written to.
    public let store: Store
    let batch: BlobBatch
    let lanes = IngestLanes()
    /// Downloads whose bytes are in the store; removed once a version holds them.
    var partials: [PulledFile] = []
    private let hold: SharedHold

    init(_ store: Store, hold: SharedHold) {
        self.store = store
        self.hold = hold
        batch = BlobBatch(store)
    }

    /// Begins a file of `size` bytes that come in pieces.
    func ingest(_ path: String, size: Int, cutter: @escaping SegmentCutter) throws(StoreError) -> FileIngest {
        try FileIngest(path: path, size: size, cutter: cutter, lanes: lanes, batch: batch, blobs: store.blobs)
    }

    /// Adds a file from memory.
    public func add(_ path: String, bytes: [UInt8], cutter: @escaping SegmentCutter = uncut) throws(StoreError)
        -> StoredFile
    {
        let file = try ingest(path, size: bytes.count, cutter: cutter)
        try file.append(bytes)
        return try file.finish()!
    }

    /// Adds the file that lies at `source`.
    ///
    /// `progress` is told how many bytes were taken since it was last called.
    ///
    /// - Throws: `StoreError.sourceChanged` when its size changes meanwhile.
    public func add(
        _ path: String, fileAt source: String, cutter: @escaping SegmentCutter = uncut,
        progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> StoredFile {
        let reader = try ChunkReader(source)
        let file = try ingest(path, size: reader.size, cutter: cutter)
        while let chunk = try reader.next() {
            try file.append(chunk)
            progress(chunk.count)
        }
        guard let stored = try file.finish() else { throw .sourceChanged(path: source) }
        return stored
    }

    /// Files made of parts that are larger than this are not hashed whole: most of their bytes are in the store already and
    /// need not be read.
    static let largestHashedWhole = 64 << 20

    /// Adds a file made of parts, each a segment of its own; empty parts are left out.
    ///
    /// A part that is in the store already is not written again, and in a file larger than 64 MiB not even read: its
    /// identity is that of its segments, whatever was in the store.
    public func add(_ path: String, parts: [Part]) throws(StoreError) -> StoredFile {
        var file = AssembledFile(isHashedWhole: parts.reduce(0) { $0 + $1.range.count } <= Self.largestHashedWhole)
        for part in parts { try add(part, to: &file) }
        return file.stored(at: path)
    }

    /// Adds a file made of `count` parts, each a segment of its own, made by `part` when its turn comes: one is in
    /// memory at a time.
    ///
    /// - Throws: `StoreError`, and what `part` throws.
    public func add(_ path: String, _ count: Int, part: (Int) throws -> Part) throws -> StoredFile {
        var file = AssembledFile(isHashedWhole: true)
        for number in 0..<count { try add(try part(number), to: &file) }
        return file.stored(at: path)
    }

    private struct AssembledFile {
        /// Given up when the file grows too large for it.
        var isHashedWhole: Bool
        var whole = ContentHasher()
        var size = 0
        var segments: [StoredFile.Segment] = []

        consuming func stored(at path: String) -> StoredFile {
            isHashedWhole
                ? StoredFile(path: path, size: size, digest: whole.finalize(), segments: segments)
                : StoredFile(path: path, segments: segments)
        }
    }

    private func add(_ part: Part, to file: inout AssembledFile) throws(StoreError) {
        guard !part.range.isEmpty else { return }
        let size = part.range.count
        file.size += size
        if file.size > Self.largestHashedWhole { file.isHashedWhole = false }
        if file.isHashedWhole {
            part.storage.withUnsafeBytes { file.whole.update(UnsafeRawBufferPointer(rebasing: $0[part.range])) }
        }
        if let digest = part.digest, store.blobs.contains(digest, size: size) {
            file.segments.append(StoredFile.Segment(digest: digest, size: size))
            return
        }
        var writer = try BlobWriter(store.blobs, mark: batch.mark)
        let outcome = part.storage.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                try writer.write(UnsafeRawBufferPointer(rebasing: bytes[part.range]))
            }
        }
        try outcome.get()
        let blob = writer.finish()
        file.segments.append(blob.segment)
        try batch.add(blob)
    }

    /// Makes the blobs added so far durable, so that `store.open` finds them.
    ///
    /// `commit` does it by itself.
    public func publish() throws(StoreError) { try batch.publish() }

    /// Makes `manifest` the next version of `name`, or returns the version it already is.
    ///
    /// Parents must be there. `facts` go into the record that says when the version was made.
    ///
    /// - Throws: `StoreError.unknownParent`, `.damagedBlob` when a file's blob is missing, `.file`.
    public func commit(
        _ manifest: Manifest, as name: ModelName, facts: [JSONMember] = []
    ) throws(StoreError) -> Commit {
        try publish()
        for file in manifest.files + manifest.attachments {
            for segment in file.segments {
                _ = try store.blobs.open(segment.digest, size: segment.size, for: file.path)
            }
        }
        for parent in manifest.derivation.parents where !FilePaths.exists(store.layout.manifest(parent)) {
            throw .unknownParent(digest: parent)
        }
        let bytes = Array(manifest.json.text(.canonical).utf8)
        let digest = ContentDigest(of: bytes)
        let path = store.layout.manifest(digest)
        if (try? store.manifest(digest)) == nil {
            try store.willTake(.writeManifest)
            try io { () throws(FileError) in try AtomicFile.write(bytes, to: path, mode: 0o444) }
        } else {
            // Who wrote it may have been killed before its name was durable.
            try io { () throws(FileError) in try AtomicFile.syncFolder(of: path) }
        }
        let known = try store.refs.find(digest, in: name)
        let isRecorded = if let known { try store.records.isRecorded(known) } else { false }
        if !isRecorded { try store.records.announce(digest) }
        try store.willTake(.nameVersion)
        let (version, wasNew) = try store.refs.add(digest, to: name)
        let isToRecord = if wasNew { true } else { try !store.records.isRecorded(version) }
        if isToRecord {
            try store.willTake(.record)
            try store.records.append(
                "created", .object([JSONMember("version", .string(version.description))] + facts), to: digest)
        }
        if !isRecorded { unlink(store.records.announcement(of: digest)) }
        if isToRecord {
            // The index is brought up to date here, so that a listing need not do it: another process may have read the
            // version before its record was there.
            try store.refreshIndex(name)
        }
        partials.forEach { $0.remove() }
        partials = []
        return Commit(version: version, wasNew: wasNew)
    }
}
