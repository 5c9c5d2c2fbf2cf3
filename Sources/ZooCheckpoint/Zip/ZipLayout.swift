internal import CZlib
internal import Synchronization
internal import ZooBase

/// A zip archive that is not written yet: stored entries whose data begin at multiples of 64 bytes.
///
/// Deterministic: no clock, no permissions, entries in the order given. A checksum stands before the data it is of, so
/// each tensor is read for its checksum just before it is handed out, while it is at hand.
struct ZipLayout: FileLayout {
    /// An entry to be: bytes at hand, and the elements of a tensor after them.
    struct Source: Sendable {
        let name: String
        let head: [UInt8]
        let tensor: CheckpointTensor?

        init(_ name: String, head: [UInt8] = [], tensor: CheckpointTensor? = nil) {
            self.name = name
            self.head = head
            self.tensor = tensor
        }

        var byteCount: Int { head.count + (tensor?.info.byteCount ?? 0) }
    }

    /// A source and where in the file it goes.
    struct Entry: Sendable {
        let source: Source
        /// Where its header begins.
        let offset: Int
        /// Where its data lie.
        let data: Range<Int>
    }

    let entries: [Entry]
    let byteCount: Int
    private let directoryStart: Int
    private let records: ZipRecords
    private let checksums = Checksums()

    /// Where the data of an entry may begin: torch maps its storages there.
    static let alignment = 64

    /// Lays out `sources`, with `comment` at the end of the archive.
    ///
    /// - Throws: `CheckpointError` for a name that two have, that is longer than 65,535 bytes or that a reader would
    ///   refuse, for too many entries, and for a comment longer than 65,535 bytes. `format` is what errors name.
    init(_ sources: [Source], comment: [UInt8] = [], format: String) throws(CheckpointError) {
        guard comment.count <= 0xFFFF else { throw .malformed(file: format, .zipComment(comment.count)) }
        guard sources.count <= ZipDirectory.maximumEntries else {
            throw .malformed(file: format, .zipTooManyEntries(sources.count, limit: ZipDirectory.maximumEntries))
        }
        var names = Set<ExactString>()
        var entries: [Entry] = []
        var offset = 0
        for source in sources {
            guard names.insert(ExactString(source.name)).inserted else {
                throw .malformed(file: format, .zipDuplicate(source.name))
            }
            let name = Array(source.name.utf8)
            guard name.count <= 0xFFFF, name.last != UInt8(ascii: "/") else {
                throw .malformed(file: format, .zipName(name))
            }
            _ = try ZipEntry.name(name[...], file: format)
            let start = offset + ZipRecords.localSize(name, byteCount: source.byteCount, at: offset)
            let data = start..<start + source.byteCount
            entries.append(Entry(source: source, offset: offset, data: data))
            offset = data.upperBound
        }
        self.entries = entries
        directoryStart = offset
        records = ZipRecords(comment: comment)
        byteCount = offset + records.directorySize(entries, start: offset)
    }

    /// Pieces of one size, as of every format that does not say where its tensors lie.
    var cuts: [Int] { Array(stride(from: Segments.pieceSize, to: byteCount, by: Segments.pieceSize)) }

    func read(_ range: Range<Int>, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "outside the file")
        for (index, entry) in entries.enumerated() where range.overlaps(entry.offset..<entry.data.upperBound) {
            let view = try entry.source.tensor?.view()
            if range.overlaps(entry.offset..<entry.data.lowerBound) {
                let header = records.local(entry, checksum: checksum(index, view))
                try unsafe Self.hand(range, header, at: entry.offset, sink)
            }
            try unsafe Self.hand(range, entry.source.head, at: entry.data.lowerBound, sink)
            try unsafe view?.withUnsafeBytes { bytes in
                let start = entry.data.lowerBound + entry.source.head.count
                let part = range.clamped(to: start..<entry.data.upperBound)
                guard !part.isEmpty else { return }
                let piece = part.lowerBound - start..<part.upperBound - start
                try unsafe sink(UnsafeRawBufferPointer(rebasing: bytes[piece]))
            }
            if let view { view.storage.relinquish(view.range) }
        }
        guard range.upperBound > directoryStart else { return }
        var sums: [UInt32] = []
        for (index, entry) in entries.enumerated() {
            if let known = checksums.known(index) {
                sums.append(known)
            } else {
                let view = try entry.source.tensor?.view()
                sums.append(checksum(index, view))
                if let view { view.storage.relinquish(view.range) }
            }
        }
        try unsafe Self.hand(range, records.directory(entries, sums, start: directoryStart), at: directoryStart, sink)
    }

    /// Hands out what of `bytes`, which lie at `start`, is in `range`.
    private static func hand(
        _ range: Range<Int>, _ bytes: [UInt8], at start: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        let part = range.clamped(to: start..<start + bytes.count)
        guard !part.isEmpty else { return }
        let piece = part.lowerBound - start..<part.upperBound - start
        try unsafe bytes.withUnsafeBytes { try unsafe sink(UnsafeRawBufferPointer(rebasing: $0[piece])) }
    }

    private func checksum(_ index: Int, _ view: TensorView?) -> UInt32 {
        if let known = checksums.known(index) { return known }
        var sum = unsafe entries[index].source.head.withUnsafeBytes { unsafe zlib_crc32(0, $0.baseAddress, $0.count) }
        if let view { sum = unsafe view.withUnsafeBytes { unsafe zlib_crc32(sum, $0.baseAddress, $0.count) } }
        checksums.remember(index, sum)
        return sum
    }

    /// Checksums that were already taken: a file is often asked for piece by piece.
    private final class Checksums: Sendable {
        private let values = Mutex<[Int: UInt32]>([:])

        func known(_ index: Int) -> UInt32? { values.withLock { $0[index] } }
        func remember(_ index: Int, _ sum: UInt32) { values.withLock { $0[index] = sum } }
    }
}

extension FormatFault {
    static func zipComment(_ found: Int) -> FormatFault {
        FormatFault(
            "zipComment", "\(found) bytes of metadata do not fit; at most 65535 do", .other("drop some of the metadata")
        )
    }
}
