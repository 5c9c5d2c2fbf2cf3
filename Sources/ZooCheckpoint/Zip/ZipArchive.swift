internal import CZlib
internal import ZooBase

/// The directory of a zip archive (PKWARE APPNOTE 6.3), every entry checked before any is read.
///
/// Stored entries are lent as they lie in the file, without a look at their checksum; whatever goes through `contents`
/// is checked against it.
struct ZipArchive: Sendable {
    /// The entries in the order of the directory, folders left out.
    let entries: [ZipEntry]
    /// The comment of the archive.
    let comment: [UInt8]
    /// False when every checksum is 0: torch can be told not to take them.
    private let hasChecksums: Bool
    private let bytes: SegmentedBytes
    private let file: String
    private let places: [ExactString: Int]

    /// How many headers are read before their pages are given back.
    static let headersAtOnce = 128
    /// Deflate makes no more than so many bytes out of one.
    private static let maximumRatio = 1032
    /// All deflated entries together may grow to so many times the file, and a little more.
    private static let maximumGrowth = 100
    /// The bytes that are a little more.
    private static let growthAllowance = 64 << 20

    /// Whether a file that begins with `prefix` can be a zip archive: an entry, or the end of an empty directory.
    static func recognizes(_ prefix: [UInt8]) -> Bool {
        prefix.starts(with: [0x50, 0x4B, 3, 4]) || prefix.starts(with: [0x50, 0x4B, 5, 6])
    }

    /// The name of the first entry of the file that begins with `prefix`, as far as it is there.
    static func firstName(_ prefix: [UInt8]) -> (name: [UInt8], isWhole: Bool)? {
        guard prefix.starts(with: [0x50, 0x4B, 3, 4]), let count = ZipFields(prefix).u16(26), prefix.count > 30 else {
            return nil
        }
        return (Array(prefix[30...].prefix(count)), prefix.count >= 30 + count)
    }

    /// Reads the directory and the header of every entry.
    ///
    /// - Throws: `CheckpointError.malformed`, with a fault for each way to lie.
    init(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) {
        self.bytes = bytes
        self.file = file
        let directory = try ZipDirectory(bytes, file: file)
        comment = directory.comment
        let fields = ZipFields(bytes.array(directory.range))
        var entries: [ZipEntry] = []
        entries.reserveCapacity(directory.entryCount)
        var offset = 0
        for number in 0..<directory.entryCount {
            // Each header brings its neighbourhood into memory, of which nothing is needed once it is checked.
            if number % Self.headersAtOnce == 0 { bytes.relinquish() }
            entries.append(
                try ZipEntry(fields, at: &offset, directoryStart: directory.range.lowerBound, in: bytes, file: file))
        }
        guard offset == fields.count else {
            throw .malformed(file: file, .zipDirectory("goes on after its last entry"))
        }
        hasChecksums = entries.contains { $0.checksum != 0 }
        try Self.checkOverlap(entries, file: file)
        try Self.checkGrowth(entries, fileByteCount: bytes.byteCount, file: file)
        var places: [ExactString: Int] = [:]
        for (place, entry) in entries.enumerated() {
            guard places.updateValue(place, forKey: ExactString(entry.name)) == nil else {
                throw .malformed(file: file, .zipDuplicate(entry.name))
            }
        }
        self.entries = entries.filter { !$0.isFolder }
        self.places = Dictionary(
            uniqueKeysWithValues: self.entries.enumerated().map { (ExactString($1.name), $0) })
    }

    /// The entry called `name`; nil when there is none.
    subscript(_ name: String) -> ZipEntry? { places[ExactString(name)].map { entries[$0] } }

    /// All bytes of `entry`, inflated when they are deflated, and checked against its CRC-32.
    ///
    /// - Throws: `CheckpointError` when there are more than `limit`, when they do not inflate, or the checksum differs.
    func contents(_ entry: ZipEntry, limit: Int = .max) throws(CheckpointError) -> ByteStorage {
        guard entry.byteCount <= limit else {
            throw .malformed(file: file, .zipTooLarge(entry.name, limit: limit, found: entry.byteCount))
        }
        return try unsafe ByteStorage(byteCount: entry.byteCount) { memory throws(CheckpointError) in
            try unsafe read(entry, into: memory)
        }
    }

    /// The first `count` bytes of `entry`, fewer when it has no more or is damaged; not checked against its checksum.
    func beginning(of entry: ZipEntry, _ count: Int) -> [UInt8] {
        let count = min(count, entry.byteCount)
        guard entry.isDeflated else { return bytes.array(entry.data.prefix(count)) }
        // Deflated data are never much longer than what they stand for.
        let window = bytes.window(entry.data.prefix(2 * count + 1024))
        return unsafe window.storage.withUnsafeBytes { all in
            unsafe [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
                let data = unsafe UnsafeRawBufferPointer(rebasing: all[window.range])
                unsafe filled = zlib_inflate_beginning(data.baseAddress, data.count, memory.baseAddress, count)
            }
        }
    }

    /// Writes all bytes of `entry` into `memory`, which is as large; see `contents`.
    func read(_ entry: ZipEntry, into memory: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
        precondition(memory.count == entry.byteCount, "made for another entry")
        let window = bytes.window(entry.data)
        let isWhole = unsafe window.storage.withUnsafeBytes { all in
            let data = unsafe UnsafeRawBufferPointer(rebasing: all[window.range])
            guard entry.isDeflated else {
                unsafe memory.copyMemory(from: data)
                return true
            }
            return unsafe zlib_inflate_exactly(data.baseAddress, data.count, memory.baseAddress, memory.count) != 0
        }
        guard isWhole else { throw .malformed(file: file, .zipDeflate(entry.name)) }
        let found = unsafe zlib_crc32(0, memory.baseAddress, memory.count)
        guard found == entry.checksum || !hasChecksums else {
            throw .malformed(file: file, .zipChecksum(entry.name, expected: entry.checksum, found: found))
        }
    }

    private static func checkOverlap(_ entries: [ZipEntry], file: String) throws(CheckpointError) {
        let ordered = entries.sorted { $0.extent.lowerBound < $1.extent.lowerBound }
        for (first, second) in zip(ordered, ordered.dropFirst())
        where first.extent.upperBound > second.extent.lowerBound {
            throw .malformed(file: file, .zipOverlap(first.name, second.name))
        }
    }

    private static func checkGrowth(
        _ entries: [ZipEntry], fileByteCount: Int, file: String
    ) throws(CheckpointError) {
        var total = 0
        for entry in entries where entry.isDeflated {
            guard entry.byteCount / maximumRatio <= entry.data.count else {
                let what =
                    "zip entry \(CheckpointError.quoted(entry.name)): \(entry.data.count) bytes cannot inflate to "
                throw .malformed(file: file, .zipBomb(what + "\(entry.byteCount)"))
            }
            // At most 1,032 times the file, as no two entries overlap.
            total += entry.byteCount
        }
        let limit = fileByteCount * maximumGrowth + growthAllowance
        guard total <= limit else {
            throw .malformed(
                file: file, .zipBomb("\(fileByteCount) bytes of a zip archive would inflate to \(total)"))
        }
    }
}

extension SegmentedBytes {
    /// Tells the kernel that no page is needed for now; the bytes stay readable.
    func relinquish() {
        for segment in segments { segment.relinquish(0..<segment.byteCount) }
    }
}
