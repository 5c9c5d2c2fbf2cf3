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

    /// The name in a row of the index.
    ///
    /// - Throws: `IndexDamage` for what is none.
    init(indexed text: String) throws {
        // What has upper case to be folded is none.
        guard Self.objection(to: text) == nil else { throw IndexDamage() }
        self.text = text
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
    var escaped: String {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return text }
        return "\(text[..<slash])--\(text[text.index(after: slash)...])"
    }

    /// Reads the file name back; nil for anything that is not one.
    init?(escaped: String) {
        guard let name = try? ModelName(Self.text(escaped: escaped)), name.escaped == escaped else { return nil }
        self = name
    }

    /// What the file name `escaped` stands for, name or not.
    static func text(escaped: String) -> String {
        // The part after the slash starts with a letter or digit, so the last "--" is the slash.
        let bytes = escaped.utf8
        var place: String.Index?
        var before: UInt8?
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: "-"), before == byte { place = index }
            before = byte
        }
        guard let place else { return escaped }
        return "\(escaped[..<bytes.index(before: place)])/\(escaped[bytes.index(after: place)...])"
    }

    /// The name.
    public var description: String { text }

    /// By the bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Tens of thousands of names are read at once, so the bytes are looked at once and nothing is allocated.
    private static func objection(to text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > maximumBytes { return "it has more than \(maximumBytes) bytes" }
        if text == "sha256" || text == "latest" { return "the word is reserved" }
        var slashes = 0
        var hasDot = false
        var before: UInt8?
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") { hasDot = true }
            if byte == UInt8(ascii: "/") {
                slashes += 1
                guard slashes == 1 else { return "it has more than one '/'" }
                guard before != nil else { return Self.emptyPart }
            } else if before == nil || before == UInt8(ascii: "/") {
                guard isAlphanumeric(byte) else { return "each part starts with a letter or a digit" }
            } else {
                guard isNameByte(byte) else { return foreignCharacter(text) }
                if byte == UInt8(ascii: "-"), before == byte { return "it contains \"--\"" }
            }
            before = byte
        }
        if before == UInt8(ascii: "/") { return Self.emptyPart }
        // Every suffix begins with a dot, and few names have one.
        if hasDot, let suffix = fileSuffixes.first(where: text.hasSuffix) {
            return "it ends in \(suffix), as files do"
        }
        return nil
    }

    private static let emptyPart = "nothing stands before or after the '/'"

    private static func foreignCharacter(_ text: String) -> String {
        let bad = text.unicodeScalars.first { $0 != "/" && ($0.value > 0x7F || !isNameByte(UInt8($0.value))) }
        return "it contains U+\(String(bad?.value ?? 0, radix: 16, uppercase: true))"
    }

    static func folded(_ text: String) -> String {
        guard text.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else { return text }
        return String(
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
