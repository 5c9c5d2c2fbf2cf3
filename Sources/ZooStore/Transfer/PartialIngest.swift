import Glibc
import Synchronization
import ZooBase

/// Takes the chunks of a file that is pulled, in order, and makes it a `StoredFile`; what `FileIngest` is for files that
/// are at hand, but its segments can be gone on with after a kill.
final class PartialIngest {
    /// What the chunks came to.
    struct Outcome {
        let digest: ContentDigest
        let gitBlob: String
        let segments: [StoredFile.Segment]
    }

    private let path: String
    private let cutter: SegmentCutter
    private let lanes: IngestLanes
    private let partial: PulledFile
    private let digest = HashState()
    private let git: GitState
    private let segments: SegmentFiles
    private var head: [UInt8] = []
    private var wantedHead = 0
    private var isCut = false
    private var index = 0
    private var headSums: [UInt64] = []

    init(
        path: String, partial: PulledFile, needsGitBlob: Bool, cutter: @escaping SegmentCutter, lanes: IngestLanes,
        batch: BlobBatch
    ) throws(StoreError) {
        self.path = path
        self.partial = partial
        self.cutter = cutter
        self.lanes = lanes
        git = GitState(needsGitBlob ? partial.size : nil)
        segments = SegmentFiles(partial, batch: batch)
        if let cuts = partial.cuts {
            isCut = true
            segments.setCuts(cuts)
        } else {
            try plan()
        }
    }

    /// Takes the next chunk, which lies at `place` already, or nowhere yet.
    func append(_ chunk: Downloads.Chunk, at place: PulledFile.Place?) throws(StoreError) {
        let (digest, git, segments, partial, index) = (digest, git, segments, partial, index)
        self.index += 1
        try lanes.whole.send { () throws(StoreError) in
            digest.update(chunk.bytes)
            git.update(chunk.bytes)
        }
        if isCut {
            return try lanes.parts.send { () throws(StoreError) in
                try segments.append(chunk.bytes, isWritten: place == .segments)
                if place == nil { try partial.note([chunk.sum], from: index) }
            }
        }
        head += chunk.bytes
        headSums.append(chunk.sum)
        if head.count >= wantedHead { try plan() }
        if !isCut, place == nil { try partial.keepHead(chunk, index: index) }
    }

    /// Ends the file, whose chunks have all come.
    func finish() throws(StoreError) -> Outcome {
        let segments = segments
        try lanes.whole.finish()
        try lanes.parts.finish()
        return Outcome(digest: digest.result, gitBlob: git.result, segments: segments.result)
    }

    /// Hands the segments over to become blobs: the file is what it should be.
    func adopt(into batch: BlobBatch) throws(StoreError) {
        for (index, segment) in segments.result.enumerated() {
            try batch.adopt(
                PendingBlob(segment: segment, temporary: partial.path(index), descriptor: -1, isResumable: true))
        }
    }

    private func plan() throws(StoreError) {
        let known = SegmentedBytes(head.isEmpty ? [] : [ByteStorage(copying: head)])
        switch cutter(path, known, partial.size) {
        case .needsHead(let count)
        where count > head.count && head.count < partial.size && min(count, partial.size) <= FileIngest.maximumHead:
            wantedHead = min(count, partial.size)
        case .needsHead: try cut(at: [])
        case .cut(let offsets): try cut(at: Set(offsets.filter { $0 > 0 && $0 < partial.size }).sorted())
        }
    }

    private func cut(at offsets: [Int]) throws(StoreError) {
        isCut = true
        segments.setCuts(offsets)
        try partial.setCuts(offsets)
        guard !head.isEmpty else { return }
        let (segments, partial, head, sums) = (segments, partial, head, headSums)
        self.head = []
        try lanes.parts.send { () throws(StoreError) in
            try segments.append(head, isWritten: false)
            try partial.note(sums, from: 0)
            partial.dropHead()
        }
    }
}

/// The name git gives a file, in the making; nothing when nobody asks for it.
private final class GitState: Sendable {
    private let hasher: Mutex<GitBlobHasher?>

    init(_ size: Int?) { hasher = Mutex(size.map { GitBlobHasher(size: $0) }) }
    func update(_ bytes: [UInt8]) { hasher.withLock { $0?.update(bytes) } }
    var result: String { hasher.withLock { $0?.finalize() ?? "" } }
}

/// The segments of a file in the making, each a file in the folder of the partial download.
private final class SegmentFiles: Sendable {
    private struct State {
        var bounds: [Int] = []
        var index = 0
        var position = 0
        var descriptor: Int32 = -1
        var hasher = ContentHasher()
        var done: [StoredFile.Segment] = []
    }

    private let state = Mutex(State())
    private let partial: PulledFile
    private let batch: BlobBatch

    init(_ partial: PulledFile, batch: BlobBatch) {
        self.partial = partial
        self.batch = batch
    }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    func setCuts(_ cuts: [Int]) { state.withLock { $0.bounds = cuts + [partial.size] } }

    var result: [StoredFile.Segment] { state.withLock { $0.done } }

    /// Takes the next bytes of the file; with `isWritten` they lie in the segments' files already.
    func append(_ bytes: [UInt8], isWritten: Bool) throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            var used = 0
            while used < bytes.count {
                let start = state.index == 0 ? 0 : state.bounds[state.index - 1]
                let end = state.bounds[state.index]
                let count = min(bytes.count - used, end - state.position)
                if state.descriptor < 0 { state.descriptor = try openFile(state.index) }
                let outcome = bytes.withUnsafeBytes { buffer -> Result<Void, FileError> in
                    Result { () throws(FileError) in
                        let piece = UnsafeRawBufferPointer(rebasing: buffer[used..<used + count])
                        state.hasher.update(piece)
                        guard !isWritten else { return }
                        try WholeWrite.all(
                            piece, to: state.descriptor, at: state.position - start, path: partial.path(state.index))
                    }
                }
                do throws(FileError) { try outcome.get() } catch { throw .file(error) }
                state.position += count
                used += count
                if state.position == end { try finish(&state, size: end - start) }
            }
        }
    }

    private func finish(_ state: inout State, size: Int) throws(StoreError) {
        let segment = StoredFile.Segment(digest: state.hasher.finalize(), size: size)
        // What an interrupted pull left behind the end would make it another blob.
        guard ftruncate(state.descriptor, size) == 0 else {
            throw .file(FileError("truncate", partial.path(state.index)))
        }
        let descriptor = state.descriptor
        state.descriptor = -1
        try batch.sync(descriptor, path: partial.path(state.index))
        try partial.note(segment, index: state.index)
        state.done.append(segment)
        state.hasher = ContentHasher()
        state.index += 1
    }

    private func openFile(_ index: Int) throws(StoreError) -> Int32 {
        let path = partial.path(index)
        // A pull that was killed while it named its blobs leaves files that are read-only.
        chmod(path, 0o600)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(FileError("create", path)) }
        return descriptor
    }
}
