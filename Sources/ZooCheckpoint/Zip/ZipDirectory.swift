internal import ZooBase

/// Where the central directory of a zip archive lies and how many entries it lists (APPNOTE 4.3.14 to 4.3.16).
struct ZipDirectory {
    let range: Range<Int>
    let entryCount: Int
    /// The comment of the archive, as bytes.
    let comment: [UInt8]

    /// The most entries an archive may list.
    static let maximumEntries = 1 << 20

    private static let endSize = 22
    private static let locatorSize = 20

    init(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) {
        guard let end = Self.end(of: bytes), let comment = end.fields.slice(Self.endSize..<end.fields.count) else {
            throw .malformed(file: file, .zipWithoutDirectory)
        }
        self.comment = Array(comment)
        guard let disk = end.fields.u16(4), let directoryDisk = end.fields.u16(6), let here = end.fields.u16(8),
            var count = end.fields.u16(10), var size = end.fields.u32(12), var offset = end.fields.u32(16)
        else { throw .malformed(file: file, .zipWithoutDirectory) }
        guard disk == 0 || disk == 0xFFFF, directoryDisk == 0 || directoryDisk == 0xFFFF, here == count else {
            throw .malformed(file: file, .zipInSeveralParts)
        }
        var directoryEnd = end.offset
        if let large = try Self.zip64(before: end.offset, bytes, file: file) {
            // Either record may be the one a reader goes by, so they have to agree.
            guard count == large.count || count == 0xFFFF, size == large.size || size == 0xFFFF_FFFF,
                offset == large.offset || offset == 0xFFFF_FFFF
            else { throw .malformed(file: file, .zipDirectory("is described in two ways that disagree")) }
            (count, size, offset, directoryEnd) = (large.count, large.size, large.offset, large.start)
        }
        guard offset <= directoryEnd, size == directoryEnd - offset else {
            throw .malformed(file: file, .zipDirectory("does not end where its end record begins"))
        }
        guard count <= Self.maximumEntries else {
            throw .malformed(file: file, .zipTooManyEntries(count, limit: Self.maximumEntries))
        }
        guard count <= size / ZipEntry.centralSize else {
            throw .malformed(file: file, .zipDirectory("is too small for \(count) entries"))
        }
        range = offset..<directoryEnd
        entryCount = count
    }

    /// The end record, found from the end of the file, and where it lies.
    private static func end(of bytes: SegmentedBytes) -> (offset: Int, fields: ZipFields)? {
        guard bytes.byteCount >= endSize else { return nil }
        let tailStart = max(0, bytes.byteCount - endSize - 0xFFFF)
        let tail = ZipFields(bytes.array(tailStart..<bytes.byteCount))
        var place = tail.count - endSize
        while place >= 0 {
            if tail.u32(place) == 0x0605_4B50, tail.u16(place + 20) == tail.count - endSize - place,
                let record = tail.slice(place..<tail.count)
            {
                return (tailStart + place, ZipFields(record))
            }
            place -= 1
        }
        return nil
    }

    /// What the zip64 end record says, which a locator just before `end` points to; nil when there is none.
    private static func zip64(
        before end: Int, _ bytes: SegmentedBytes, file: String
    ) throws(CheckpointError) -> (start: Int, count: Int, size: Int, offset: Int)? {
        guard end >= locatorSize else { return nil }
        let locator = ZipFields(bytes.array(end - locatorSize..<end))
        guard locator.u32(0) == 0x0706_4B50 else { return nil }
        guard locator.u32(4) == 0, let disks = locator.u32(16), disks <= 1 else {
            throw .malformed(file: file, .zipInSeveralParts)
        }
        guard let start = locator.u64(8), start <= end - locatorSize - 56 else {
            throw .malformed(file: file, .zipDirectory("has a zip64 record outside of the file"))
        }
        let record = ZipFields(bytes.array(start..<start + 56))
        guard record.u32(0) == 0x0606_4B50, let size = record.u64(4), size == end - locatorSize - start - 12,
            let here = record.u64(24), let count = record.u64(32), let directorySize = record.u64(40),
            let offset = record.u64(48)
        else { throw .malformed(file: file, .zipDirectory("has a zip64 record that is none")) }
        guard record.u32(16) == 0, record.u32(20) == 0, here == count else {
            throw .malformed(file: file, .zipInSeveralParts)
        }
        return (start, count, directorySize, offset)
    }
}
