import Glibc
import Synchronization
import ZooBase

/// A file on its way in: `partial/<key>/`, kept when a pull is interrupted and gone on with by the next.
///
/// Its segments are files of their own, which become blobs by a new name. `journal` says what is there: a sum of each
/// chunk, where the file is cut, and the digests of complete segments. Nothing is believed that its sum does not
/// confirm, so neither a kill nor a power cut can do harm.
final class PulledFile: Sendable {
    /// Where the bytes of a chunk lie.
    enum Place { case head, segments, store }

    /// What one sum stands for: what a bad byte costs.
    static let chunkSize = 1 << 20

    private struct State {
        var sums: [Int: UInt64] = [:]
        var cuts: [Int]?
        var segments: [Int: StoredFile.Segment] = [:]
    }

    /// Its folder.
    let folder: String
    /// The size of the whole file in bytes.
    let size: Int
    private let lock: Lock
    private let blobs: BlobStore
    private let journal: Int32
    private let turn = Mutex(())
    private let state = Mutex(State())

    var chunkCount: Int { (size + Self.chunkSize - 1) / Self.chunkSize }

    /// Opens what is there of the file that `key` identifies, or begins it.
    ///
    /// When another process is at it, a folder of its own is begun, which nobody goes on with.
    init(key: String, size: Int, in store: Store) throws(StoreError) {
        let common = FilePaths.join(store.layout.partial, String(ContentDigest(of: key).hex.prefix(32)))
        var folder = common
        try io { () throws(FileError) in try FilePaths.makeFolder(common) }
        do {
            lock = try Lock(FilePaths.join(common, "lock"), .exclusive, what: "the file is being pulled", seconds: 0)
        } catch {
            guard case .locked = error else { throw error }
            folder = "\(common)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            let own = folder
            try io { () throws(FileError) in try FilePaths.makeFolder(own) }
            lock = try Lock(FilePaths.join(own, "lock"), .exclusive, what: "the file is being pulled", seconds: 0)
        }
        self.folder = folder
        self.size = size
        blobs = store.blobs
        let path = FilePaths.join(folder, "journal")
        journal = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard journal >= 0 else { throw .file(FileError("open", path)) }
        readJournal(try io { () throws(FileError) in try FilePaths.read(path) })
    }

    deinit { close(journal) }

    /// Where the file is cut, once that is known.
    var cuts: [Int]? { state.withLock { $0.cuts } }

    /// The chunks that are here, whole and confirmed; the others have to be fetched.
    func confirmedChunks() -> Set<Int> {
        Set(state.withLock { $0.sums.keys.filter { $0 < chunkCount } }.filter { read($0) != nil })
    }

    /// A chunk and where it lies; nil when it is missing or not what was written.
    func read(_ chunk: Int) -> (chunk: Downloads.Chunk, place: Place)? {
        guard let sum = state.withLock({ $0.sums[chunk] }) else { return nil }
        let range = chunk * Self.chunkSize..<min((chunk + 1) * Self.chunkSize, size)
        guard let (bytes, place) = bytes(range), ChunkSum.of(bytes) == sum else { return nil }
        return (Downloads.Chunk(bytes: bytes, sum: sum), place)
    }

    /// The file of a segment.
    func path(_ segment: Int) -> String { FilePaths.join(folder, String(segment)) }

    /// Where bytes lie until it is known where to cut.
    private var head: String { FilePaths.join(folder, "head") }

    /// Keeps the head of the file until it is known where to cut.
    func keepHead(_ chunk: Downloads.Chunk, index: Int) throws(StoreError) {
        let descriptor = open(head, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(FileError("open", head)) }
        defer { close(descriptor) }
        let outcome = chunk.bytes.withUnsafeBytes { buffer -> Result<Void, FileError> in
            Result { () throws(FileError) in
                try WholeWrite.all(buffer, to: descriptor, at: index * Self.chunkSize, path: head)
            }
        }
        do { try outcome.get() } catch { throw .file(error) }
        try note([chunk.sum], from: index)
    }

    /// Remembers where the file is cut, before the first segment is written.
    func setCuts(_ cuts: [Int]) throws(StoreError) {
        state.withLock { $0.cuts = cuts }
        try append("cuts" + cuts.map { " \($0)" }.joined() + " end")
    }

    /// The head now lies in segments.
    func dropHead() { unlink(head) }

    /// Remembers chunks that are written, the first of them at `index`.
    func note(_ sums: [UInt64], from index: Int) throws(StoreError) {
        guard !sums.isEmpty else { return }
        state.withLock { state in
            for (offset, sum) in sums.enumerated() { state.sums[index + offset] = sum }
        }
        try append(
            sums.enumerated().map { "chunk \(index + $0.offset) \(String($0.element, radix: 16)) end" }
                .joined(separator: "\n"))
    }

    /// Remembers a complete segment.
    func note(_ segment: StoredFile.Segment, index: Int) throws(StoreError) {
        state.withLock { $0.segments[index] = segment }
        try append("segment \(index) \(segment.size) \(segment.digest.hex) end")
    }

    /// Forgets chunks whose bytes turned out to be wrong.
    func forget(_ chunks: [Int]) throws(StoreError) {
        state.withLock { state in
            for chunk in chunks { state.sums[chunk] = nil }
        }
        try append(chunks.map { "bad \($0) end" }.joined(separator: "\n"))
    }

    /// Removes everything.
    func remove() { try? FilePaths.remove(folder) }

    private func append(_ line: String) throws(StoreError) {
        let bytes = Array((line + "\n").utf8)
        // One line at a time: a kill may cut one off, but two are never mixed, however many calls each takes.
        try turn.withLock { _ throws(StoreError) in
            try io { () throws(FileError) in
                try WholeWrite.all(bytes, to: journal, path: FilePaths.join(folder, "journal"))
            }
        }
    }

    private func readJournal(_ bytes: [UInt8]) {
        // A line that a kill cut short begins the next one anew.
        if let last = bytes.last, last != UInt8(ascii: "\n") { write(journal, "\n", 1) }
        state.withLock { state in
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count >= 2, words.last == "end" else { continue }
                let rest = words[1..<(words.count - 1)]
                switch words[0] {
                case "cuts":
                    let cuts = rest.compactMap { Int($0) }
                    let isSound = zip(cuts, cuts.dropFirst()).allSatisfy { $0 < $1 }
                    if isSound, cuts.allSatisfy({ $0 > 0 && $0 < size }) { state.cuts = cuts }
                case "chunk":
                    if rest.count == 2, let index = Int(words[1]), let sum = UInt64(words[2], radix: 16) {
                        state.sums[index] = sum
                    }
                case "segment":
                    if rest.count == 3, let index = Int(words[1]), let size = Int(words[2]),
                        let digest = ContentDigest(hex: words[3])
                    {
                        state.segments[index] = StoredFile.Segment(digest: digest, size: size)
                    }
                case "bad": if let index = Int(words[1]) { state.sums[index] = nil }
                default: continue
                }
            }
        }
    }

    private func bytes(_ range: Range<Int>) -> ([UInt8], Place)? {
        let (cuts, segments) = state.withLock { ($0.cuts, $0.segments) }
        if FilePaths.exists(head), let bytes = Self.read(head, range) { return (bytes, .head) }
        guard let cuts else { return nil }
        let bounds = [0] + cuts + [size]
        var found: [UInt8] = []
        var place = Place.segments
        found.reserveCapacity(range.count)
        // The segment that holds the first byte; cuts are in order.
        var segment = cuts.partitioningIndex { $0 > range.lowerBound }
        while found.count < range.count {
            let start = range.lowerBound + found.count - bounds[segment]
            let end = min(bounds[segment + 1], range.upperBound) - bounds[segment]
            if let bytes = Self.read(path(segment), start..<end) {
                found += bytes
            } else if let blob = segments[segment], blob.size == bounds[segment + 1] - bounds[segment],
                let storage = try? blobs.open(blob.digest, size: blob.size)
            {
                found += storage.array(start..<end)
                place = .store
            } else {
                return nil
            }
            segment += 1
        }
        return (found, place)
    }

    private static func read(_ path: String, _ range: Range<Int>) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let result = pread(
                    descriptor, buffer.baseAddress! + count, range.count - count, range.lowerBound + count)
                if result <= 0 { break }
                count += result
            }
        }
        return bytes.count == range.count ? bytes : nil
    }
}
