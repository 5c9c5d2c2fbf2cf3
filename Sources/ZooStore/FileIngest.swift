import Synchronization
import ZooBase

/// Takes the bytes of one file as they come and makes it a `StoredFile`: one lane hashes the whole file, another cuts,
/// hashes and writes the segments, so that the feeder (a decompressor, a disk) need not wait for either.
final class FileIngest {
    /// The most bytes a cutter may ask for at the head of a file; a file that needs more stays in one segment.
    static let maximumHead = 128 << 20

    private let path: String
    private let size: Int
    private let cutter: SegmentCutter
    private let lanes: IngestLanes
    private let digest = HashState()
    private let segments: SegmentState
    private var received = 0
    private var head: [UInt8] = []
    private var wantedHead = 0
    private var isCut = false

    /// Begins the file at `path` (inside the version) of `size` bytes.
    init(
        path: String, size: Int, cutter: @escaping SegmentCutter, lanes: IngestLanes, batch: BlobBatch, blobs: BlobStore
    )
        throws(StoreError)
    {
        self.path = path
        self.size = size
        self.cutter = cutter
        self.lanes = lanes
        segments = SegmentState(batch: batch, blobs: blobs)
        try plan(SegmentedBytes([]))
    }

    /// Takes the next bytes.
    func append(_ chunk: [UInt8]) throws(StoreError) {
        guard !chunk.isEmpty else { return }
        received += chunk.count
        let digest = digest
        try lanes.whole.send { () throws(StoreError) in digest.update(chunk) }
        if isCut { return try sendSegments(chunk) }
        head += chunk
        if head.count >= wantedHead { try plan(SegmentedBytes([ByteStorage(copying: head)])) }
    }

    /// Ends the file; nil when another number of bytes than announced has come.
    func finish() throws(StoreError) -> StoredFile? {
        guard received == size else { return nil }
        if !isCut { try plan(SegmentedBytes([ByteStorage(copying: head)])) }
        let segments = segments
        try lanes.parts.send { () throws(StoreError) in try segments.finish() }
        try lanes.whole.finish()
        try lanes.parts.finish()
        return StoredFile(path: path, size: size, digest: digest.result, segments: segments.result)
    }

    private func plan(_ head: SegmentedBytes) throws(StoreError) {
        switch cutter(path, head, size) {
        case .needsHead(let count)
        where count > head.byteCount && head.byteCount < size && min(count, size) <= Self.maximumHead:
            wantedHead = min(count, size)
        case .needsHead: try cut(at: [])
        case .cut(let offsets): try cut(at: offsets.filter { $0 > 0 && $0 < size }.sorted())
        }
    }

    private func cut(at offsets: [Int]) throws(StoreError) {
        isCut = true
        segments.setCuts(offsets)
        if !head.isEmpty { try sendSegments(head) }
        head = []
    }

    private func sendSegments(_ chunk: [UInt8]) throws(StoreError) {
        let segments = segments
        try lanes.parts.send { () throws(StoreError) in try segments.append(chunk) }
    }
}

/// The two threads that files share, one after the other.
struct IngestLanes: Sendable {
    let whole = Lane("file-digest")
    let parts = Lane("segments")
}

/// A digest in the making, moved between threads.
final class HashState: Sendable {
    private let hasher = Mutex(ContentHasher())
    func update(_ chunk: [UInt8]) { hasher.withLock { $0.update(chunk) } }
    var result: ContentDigest { hasher.withLock { $0.finalize() } }
}

/// The segments of a file in the making, moved between threads.
private final class SegmentState: Sendable {
    private struct State: ~Copyable {
        var writer: BlobWriter?
        var offset = 0
        var cuts: ArraySlice<Int> = []
        var done: [StoredFile.Segment] = []
    }
    private let state = Mutex(State())
    private let batch: BlobBatch
    private let blobs: BlobStore

    init(batch: BlobBatch, blobs: BlobStore) {
        self.batch = batch
        self.blobs = blobs
    }

    func setCuts(_ offsets: [Int]) { state.withLock { $0.cuts = offsets[...] } }

    var result: [StoredFile.Segment] { state.withLock { $0.done } }

    func append(_ chunk: [UInt8]) throws(StoreError) {
        var used = 0
        while used < chunk.count {
            let (start, isWhole) = (used, try take(chunk, from: &used))
            precondition(used > start || isWhole, "a cut at the start of a segment")
            if isWhole { try finish() }
        }
    }

    /// Writes what of `chunk` belongs to the current segment; whether the segment is complete.
    private func take(_ chunk: [UInt8], from used: inout Int) throws(StoreError) -> Bool {
        try state.withLock { state throws(StoreError) -> Bool in
            if state.writer == nil { state.writer = try BlobWriter(blobs, mark: batch.mark) }
            while let cut = state.cuts.first, cut <= state.offset { state.cuts.removeFirst() }
            let count = min(chunk.count - used, (state.cuts.first ?? Int.max) - state.offset)
            let range = used..<used + count
            let outcome = chunk.withUnsafeBytes { bytes in
                Result { () throws(StoreError) in
                    try state.writer!.write(UnsafeRawBufferPointer(rebasing: bytes[range]))
                }
            }
            try outcome.get()
            state.offset += count
            used += count
            return state.offset == state.cuts.first
        }
    }

    func finish() throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            guard let writer = state.writer.take() else { return }
            let blob = writer.finish()
            state.done.append(blob.segment)
            try batch.add(blob)
        }
    }
}
