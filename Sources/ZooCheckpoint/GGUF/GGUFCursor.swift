internal import ZooBase

/// Reads a GGUF header from front to back; every step is checked against the bytes that are there.
struct GGUFCursor {
    /// How many bytes are looked at together, so that a header of a million small fields is not a million reads.
    private static let windowSize = 1 << 16

    private let bytes: SegmentedBytes
    private let file: String
    /// Where the next read begins, from the start of the file.
    private(set) var offset: Int
    private var window: [UInt8] = []
    private var windowStart = 0

    init(_ bytes: SegmentedBytes, at offset: Int = 0, file: String) {
        self.bytes = bytes
        self.file = file
        self.offset = offset
    }

    /// Bytes that were not read yet.
    var remaining: Int { bytes.byteCount - offset }

    /// An error of this file.
    func error(_ fault: FormatFault) -> CheckpointError { .malformed(file: file, fault) }

    private mutating func take(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
        guard count <= remaining else {
            throw error(.ggufTruncated(at: offset, needed: UInt64(count), found: remaining))
        }
        if offset - windowStart + count > window.count {
            window = bytes.array(offset..<offset + min(remaining, max(count, Self.windowSize)))
            windowStart = offset
        }
        let first = offset - windowStart
        offset += count
        return window[first..<first + count]
    }

    /// Leaves out `count` bytes.
    mutating func skip(_ count: UInt64) throws(CheckpointError) {
        guard count <= UInt64(remaining) else {
            throw error(.ggufTruncated(at: offset, needed: count, found: remaining))
        }
        offset += Int(count)
    }

    /// A little-endian integer.
    mutating func integer<Integer: FixedWidthInteger>(
        _ type: Integer.Type = Integer.self
    ) throws(CheckpointError) -> Integer {
        var value: UInt64 = 0
        for byte in try take(Integer.bitWidth / 8).reversed() { value = value << 8 | UInt64(byte) }
        return Integer(truncatingIfNeeded: value)
    }

    /// A length and as many bytes of UTF-8, `limit` at most.
    mutating func string(_ what: String, atMost limit: Int) throws(CheckpointError) -> String {
        let start = offset
        let length = try integer(UInt64.self)
        guard length <= UInt64(limit) else {
            throw error(.ggufStringTooLong(what, at: start, limit: limit, found: length))
        }
        guard let text = String(validating: try take(Int(length)), as: UTF8.self) else {
            throw error(.ggufNotUTF8(what, at: start))
        }
        return text
    }

    /// Leaves out a string, whatever its bytes are.
    mutating func skipString() throws(CheckpointError) { try skip(try integer()) }
}
