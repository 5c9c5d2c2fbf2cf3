/// The name of a model: `reviews`, `team/reviews`.
///
/// Lower case; at most one `/`; safe as a file name when escaped.
public struct ModelName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The most bytes a name may have.
    public static let maximumBytes = 96
    /// Endings that make an argument a path, never a name.
    public static let fileSuffixes = [
        ".safetensors", ".safetensors.index.json", ".h5", ".hdf5", ".keras", ".pt", ".pth", ".bin", ".ckpt", ".onnx",
        ".gguf", ".npz", ".npy", ".pkl", ".msgpack", ".json", ".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst",
    ]

    /// The name, lower case.
    public let text: String

    /// Reads a name; upper case is folded.
    ///
    /// - Throws: `StoreError.invalidName` with what is wrong.
    public init(_ text: String) throws(StoreError) {
        let folded = Self.folded(text)
        if let reason = Self.objection(to: folded) { throw .invalidName(text: text, reason: reason) }
        self.text = folded
    }

    /// The name that a folder or archive of this name gets by default; nil when nothing usable is left.
    public init?(suggestedBy name: String) {
        let parts = Self.folded(name).split(separator: "/").suffix(2).map { part in
            var cleaned: [UInt8] = []
            for byte in part.utf8 {
                let kept = Self.isNameByte(byte) ? byte : UInt8(ascii: "-")
                if kept == UInt8(ascii: "-") && (cleaned.isEmpty || cleaned.last == kept) { continue }
                cleaned.append(kept)
            }
            let text = String(decoding: cleaned.drop { !Self.isAlphanumeric($0) }, as: UTF8.self)
            return Self.fileSuffixes.first(where: text.hasSuffix).map { String(text.dropLast($0.count)) } ?? text
        }.filter { !$0.isEmpty }
        guard let name = try? ModelName(parts.joined(separator: "/")) else { return nil }
        self = name
    }

    /// The name as one file name: `/` is written `--`, which no name contains.
    var escaped: String { text.split(separator: "/").joined(separator: "--") }

    /// Reads the file name back; nil for anything that is not one.
    init?(escaped: String) {
        var text = escaped
        // The part after the slash starts with a letter or digit, so the last "--" is the slash.
        let bytes = Array(escaped.utf8)
        if let index = bytes.indices.dropLast().last(where: {
            bytes[$0] == UInt8(ascii: "-") && bytes[$0 + 1] == UInt8(ascii: "-")
        }) {
            text =
                String(decoding: bytes[..<index], as: UTF8.self) + "/"
                + String(decoding: bytes[(index + 2)...], as: UTF8.self)
        }
        guard let name = try? ModelName(text), name.escaped == escaped else { return nil }
        self = name
    }

    /// The name.
    public var description: String { text }

    /// By the bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    private static func objection(to text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > maximumBytes { return "it has more than \(maximumBytes) bytes" }
        if text == "sha256" || text == "latest" { return "the word is reserved" }
        if text.contains("--") { return "it contains \"--\"" }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 2 { return "it has more than one '/'" }
        for part in parts {
            guard let first = part.utf8.first else { return "nothing stands before or after the '/'" }
            if !isAlphanumeric(first) { return "each part starts with a letter or a digit" }
            if let bad = part.unicodeScalars.first(where: { $0.value > 0x7F || !isNameByte(UInt8($0.value)) }) {
                return "it contains U+\(String(bad.value, radix: 16, uppercase: true))"
            }
        }
        if let suffix = fileSuffixes.first(where: text.hasSuffix) { return "it ends in \(suffix), as files do" }
        return nil
    }

    static func folded(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    ("A"..."Z").contains($0) ? Unicode.Scalar($0.value + 32)! : $0
                }))
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
