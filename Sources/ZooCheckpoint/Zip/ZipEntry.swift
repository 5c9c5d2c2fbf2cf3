internal import ZooBase

/// One entry of a zip archive: what the central directory says, checked against the header before the data.
struct ZipEntry: Sendable {
    /// The name, relative to the root of the archive.
    let name: String
    /// Bytes once inflated.
    let byteCount: Int
    /// CRC-32 of those bytes.
    let checksum: UInt32
    /// Whether the bytes are deflated (RFC 1951); stored as they are otherwise.
    let isDeflated: Bool
    /// Where in the file its bytes lie, deflated or not.
    let data: Range<Int>
    /// Where in the file all of it lies, its header included.
    let extent: Range<Int>

    /// Where in the file its bytes lie as they are; nil when they are deflated.
    var range: Range<Int>? { isDeflated ? nil : data }
    /// Whether it stands for a folder.
    var isFolder: Bool { name.utf8.last == UInt8(ascii: "/") }

    /// Size of an entry of the central directory without name, extra fields and comment.
    static let centralSize = 46
    private static let localSize = 30

    /// Reads the entry at `offset` of `directory`, and moves `offset` past it.
    init(
        _ directory: ZipFields, at offset: inout Int, directoryStart: Int, in bytes: SegmentedBytes, file: String
    ) throws(CheckpointError) {
        guard
            let central = directory.slice(offset..<min(directory.count, offset + Self.centralSize)).map(ZipFields.init),
            central.u32(0) == 0x0201_4B50, let flags = central.u16(8), let method = central.u16(10),
            let checksum = central.integer(16, 4), var compressed = central.u32(20), var inflated = central.u32(24),
            let nameCount = central.u16(28), let extraCount = central.u16(30), let commentCount = central.u16(32),
            var start = central.u32(42),
            let nameBytes = directory.slice(offset + Self.centralSize..<offset + Self.centralSize + nameCount),
            let extra = directory.slice(
                offset + Self.centralSize + nameCount..<offset + Self.centralSize + nameCount + extraCount),
            offset + Self.centralSize + nameCount + extraCount + commentCount <= directory.count
        else { throw .malformed(file: file, .zipDirectory("is cut off")) }
        offset += Self.centralSize + nameCount + extraCount + commentCount
        name = try Self.name(nameBytes, file: file)
        guard flags & 0x2041 == 0 else { throw .malformed(file: file, .zipEncrypted(name)) }
        guard method == 0 || method == 8 else { throw .malformed(file: file, .zipCompression(name, method: method)) }
        // Zip64 values stand in this order, each only when its field is saturated (APPNOTE 4.5.3).
        let large = ZipFields(extra).extra(1)
        var place = 0
        for field in 0..<3 {
            let value = field == 0 ? inflated : field == 1 ? compressed : start
            guard value == 0xFFFF_FFFF else { continue }
            guard let value = large?.u64(place) else {
                throw .malformed(file: file, .zipSize(name, "its zip64 sizes are missing"))
            }
            switch field {
            case 0: inflated = value
            case 1: compressed = value
            default: start = value
            }
            place += 8
        }
        byteCount = inflated
        self.checksum = UInt32(checksum)
        isDeflated = method == 8
        guard isDeflated || compressed == inflated else {
            throw .malformed(file: file, .zipSize(name, "stored in \(compressed) bytes, which cannot hold \(inflated)"))
        }
        guard start <= directoryStart - Self.localSize else { throw .malformed(file: file, .zipOutside(name)) }
        let local = try LocalHeader(bytes, at: start, before: directoryStart, name: name, file: file)
        guard local.method == method, local.flags & 0x2041 == 0, local.flags & 8 == flags & 8 else {
            throw .malformed(file: file, .zipLocalHeader(name, "differs from the directory"))
        }
        guard local.name.elementsEqual(nameBytes) else {
            throw .malformed(file: file, .zipLocalHeader(name, "has another name"))
        }
        let isDescribedLater = flags & 8 != 0
        for (found, expected) in [
            (local.compressed, compressed), (local.inflated, inflated), (local.checksum, Int(checksum)),
        ]
        where found != expected && !(isDescribedLater && found == 0) {
            throw .malformed(file: file, .zipSize(name, "its header says \(found), the directory \(expected)"))
        }
        let dataStart = start + Self.localSize + nameCount + local.extraCount
        guard dataStart <= directoryStart, compressed <= directoryStart - dataStart else {
            throw .malformed(file: file, .zipOutside(name))
        }
        data = dataStart..<dataStart + compressed
        var end = data.upperBound
        if isDescribedLater {
            let descriptor = ZipFields(bytes.array(end..<min(directoryStart, end + 24)))
            guard let size = Self.descriptorSize(descriptor, checksum, compressed, inflated) else {
                throw .malformed(file: file, .zipSize(name, "the descriptor after its data differs from the directory"))
            }
            end += size
        }
        extent = start..<end
    }

    /// Size of the data descriptor when it says the same as the directory, in any of its four forms (APPNOTE 4.3.9).
    private static func descriptorSize(
        _ fields: ZipFields, _ checksum: UInt64, _ compressed: Int, _ inflated: Int
    ) -> Int? {
        for start in [fields.u32(0) == 0x0807_4B50 ? 4 : 0, 0] where fields.integer(start, 4) == checksum {
            if fields.u64(start + 4) == compressed, fields.u64(start + 12) == inflated { return start + 20 }
            if fields.u32(start + 4) == compressed, fields.u32(start + 8) == inflated { return start + 12 }
        }
        return nil
    }

    /// A name that a reader may rely on: UTF-8, below the root of the archive.
    static func name(_ bytes: ArraySlice<UInt8>, file: String) throws(CheckpointError) -> String {
        guard !bytes.isEmpty, let name = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(file: file, .zipName(Array(bytes)))
        }
        let parts = bytes.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
        }
        let isDrive = bytes.count >= 2 && bytes.dropFirst().first == UInt8(ascii: ":")
        guard !bytes.contains(0), parts[0].count > 0, !isDrive, !parts.contains(where: { $0.elementsEqual("..".utf8) })
        else { throw .malformed(file: file, .zipTraversal(name)) }
        return name
    }

    /// What stands before the data of an entry (APPNOTE 4.3.7).
    private struct LocalHeader {
        let flags: Int
        let method: Int
        let checksum: Int
        let compressed: Int
        let inflated: Int
        let name: ArraySlice<UInt8>
        let extraCount: Int

        init(
            _ bytes: SegmentedBytes, at start: Int, before end: Int, name: String, file: String
        ) throws(CheckpointError) {
            let fixed = ZipFields(bytes.array(start..<start + ZipEntry.localSize))
            guard fixed.u32(0) == 0x0403_4B50, let flags = fixed.u16(6), let method = fixed.u16(8),
                let checksum = fixed.u32(14), let compressed = fixed.u32(18), let inflated = fixed.u32(22),
                let nameCount = fixed.u16(26), let extraCount = fixed.u16(28)
            else { throw .malformed(file: file, .zipLocalHeader(name, "is not where the directory says")) }
            let rest = start + ZipEntry.localSize
            guard rest + nameCount + extraCount <= end else { throw .malformed(file: file, .zipOutside(name)) }
            let variable = ZipFields(bytes.array(rest..<rest + nameCount + extraCount))
            guard let nameBytes = variable.slice(0..<nameCount),
                let extra = variable.slice(nameCount..<nameCount + extraCount)
            else { throw .malformed(file: file, .zipLocalHeader(name, "is cut off")) }
            // Unlike in the directory, both sizes are in the field when it is there.
            let large = ZipFields(extra).extra(1)
            self.inflated = inflated == 0xFFFF_FFFF ? large?.u64(0) ?? inflated : inflated
            self.compressed = compressed == 0xFFFF_FFFF ? large?.u64(8) ?? compressed : compressed
            (self.flags, self.method, self.checksum) = (flags, method, checksum)
            (self.name, self.extraCount) = (nameBytes, extraCount)
        }
    }
}
