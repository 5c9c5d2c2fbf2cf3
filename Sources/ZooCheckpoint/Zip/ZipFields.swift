/// Little-endian integers at places in bytes at hand; nil outside of them.
struct ZipFields {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var count: Int { bytes.count }

    /// The integer of `width` bytes at `offset`.
    func integer(_ offset: Int, _ width: Int) -> UInt64? {
        guard offset >= 0, offset <= bytes.count - width else { return nil }
        let start = bytes.startIndex + offset
        return bytes[start..<start + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func u16(_ offset: Int) -> Int? { integer(offset, 2).map { Int($0) } }
    func u32(_ offset: Int) -> Int? { integer(offset, 4).map { Int($0) } }
    /// An integer of eight bytes that is no larger than `Int.max`.
    func u64(_ offset: Int) -> Int? { integer(offset, 8).flatMap { Int(exactly: $0) } }

    /// The bytes in `range`; nil when it leaves them.
    func slice(_ range: Range<Int>) -> ArraySlice<UInt8>? {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return nil }
        return bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound]
    }

    /// The content of the extra field `id` (APPNOTE 4.5); nil when there is none or the fields are cut off.
    func extra(_ id: Int) -> ZipFields? {
        var offset = 0
        while let found = u16(offset), let size = u16(offset + 2) {
            guard let content = slice(offset + 4..<offset + 4 + size) else { return nil }
            if found == id { return ZipFields(content) }
            offset += 4 + size
        }
        return nil
    }
}
