import ZooBase

/// What a wheel states of the files in it: `RECORD` of its `.dist-info` folder (Python packaging, "Recording installed
/// projects"; PEP 427).
struct WheelRecord {
    /// The largest one that is read.
    static let maximumSize = 16 << 20

    /// The SHA-256 of each file that has one, by path.
    private(set) var digests: [ExactString: ContentDigest] = [:]

    /// Whether `path` is where the wheel `archive` has it.
    static func isRecord(_ path: String, in archive: String) -> Bool {
        archive.lowercased().hasSuffix(".whl") && path.hasSuffix(".dist-info/RECORD")
            && path.split(separator: "/").count == 2
    }

    /// Reads lines of path, digest and size; nil when a SHA-256 in it is none.
    init?(_ bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            // Only the path may hold a comma.
            let fields = line.reversed().split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let (path, stated) = (String(fields[2].reversed()), String(fields[1].reversed()))
            guard stated.hasPrefix("sha256=") else { continue }
            guard let digest = Self.digest(stated.dropFirst(7)) else { return nil }
            digests[ExactString(Self.unquoted(path))] = digest
        }
    }

    /// A field of CSV without its quotes.
    private static func unquoted(_ field: String) -> String {
        guard field.count >= 2, field.hasPrefix("\""), field.hasSuffix("\"") else { return field }
        return String(field.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }

    /// Reads 43 digits of the URL-safe Base64 (RFC 4648, section 5), without padding.
    private static func digest(_ text: Substring) -> ContentDigest? {
        guard text.utf8.count == 43 else { return nil }
        var bits: UInt32 = 0
        var bytes: [UInt8] = []
        for (index, digit) in text.utf8.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            // Four digits are three bytes; the last three of 43 are two bytes and two bits.
            if index % 4 > 0 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(6 - 2 * (index % 4)))) }
        }
        return bytes.withUnsafeBytes { ContentDigest(bytes: $0) }
    }
}
