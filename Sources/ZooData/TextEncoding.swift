/// How the characters of a file are written as bytes.
public enum TextEncoding: String, Sendable, CaseIterable {
    /// UTF-8, with or without a byte order mark (RFC 3629).
    case utf8
    /// ISO 8859-1: every byte is the character of that number.
    case latin1
    /// Windows-1252: ISO 8859-1 with punctuation at 0x80–0x9F; its five undefined bytes are read as control characters.
    case windows1252

    /// The name people know it by.
    public var title: String {
        switch self {
        case .utf8: "UTF-8"
        case .latin1: "ISO 8859-1 (latin1)"
        case .windows1252: "Windows-1252"
        }
    }

    /// The characters of `bytes`; nil when they are not valid in this encoding.
    func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
        switch self {
        case .utf8:
            return unsafe String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self)
        case .latin1, .windows1252:
            let units = unsafe bytes.map(unit)
            return String(decoding: units, as: UTF16.self)
        }
    }

    /// The characters of `bytes`, with a replacement character for what is not valid.
    func decodeReplacing(_ bytes: UnsafeRawBufferPointer) -> String {
        unsafe decode(bytes) ?? String(decoding: bytes, as: UTF8.self)
    }

    /// Which encodings could have written `bytes`, likeliest first, given that they are not UTF-8.
    static func guess(_ bytes: UnsafeRawBufferPointer) -> [TextEncoding] {
        // Only Windows-1252 has anything but control characters at 0x80–0x9F.
        let hasWindowsPunctuation = unsafe bytes.contains { (0x80...0x9F).contains($0) }
        return hasWindowsPunctuation ? [.windows1252] : [.latin1, .windows1252]
    }

    private func unit(of byte: UInt8) -> UInt16 {
        self == .windows1252 && (0x80...0x9F).contains(byte)
            ? Self.windowsPunctuation[Int(byte) - 0x80] : UInt16(byte)
    }

    /// 0x80–0x9F of Windows-1252 (the Unicode Consortium's mapping CP1252.TXT).
    private static let windowsPunctuation: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
        0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]
}
