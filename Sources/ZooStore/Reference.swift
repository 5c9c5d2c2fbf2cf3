/// What an argument may name.
public enum Reference: Sendable, Hashable, CustomStringConvertible {
    /// `NAME`: the highest version.
    case latest(ModelName)
    /// `NAME@3`.
    case version(ModelName, Int)
    /// `NAME:alias`.
    case alias(ModelName, AliasName)
    /// `sha256:PREFIX`: a version whose manifest's digest begins so; 8 to 64 hexadecimal digits.
    case digest(prefix: String)
    /// A file or folder outside the registry.
    case path(String)

    /// Reads an argument.
    ///
    /// One that begins with `/`, `./`, `../` or `~/`, or that ends in the suffix of a file we read, is a path; anything
    /// else must be a name.
    ///
    /// - Throws: `StoreError.invalidReference`, `.invalidName` or `.invalidAlias`, which say what to type.
    public init(_ text: String) throws(StoreError) {
        let isPath =
            ["/", "./", "../", "~/"].contains(where: text.hasPrefix) || text == "." || text == ".."
            || ModelName.fileSuffixes.contains { ModelName.folded(text).hasSuffix($0) }
        if isPath {
            guard !text.utf8.contains(0) else { throw .invalidReference(text: text, reason: "a path holds no NUL") }
            self = .path(text)
            return
        }
        let folded = ModelName.folded(text)
        if folded.hasPrefix("sha256:") {
            let digits = String(folded.dropFirst(7))
            guard digits.utf8.allSatisfy({ ModelName.isAlphanumeric($0) && $0 <= UInt8(ascii: "f") }) else {
                throw .invalidReference(text: text, reason: "after sha256: come hexadecimal digits")
            }
            guard (8...64).contains(digits.utf8.count) else {
                throw .invalidReference(text: text, reason: "\(digits.utf8.count) digits are given")
            }
            self = .digest(prefix: digits)
            return
        }
        guard let mark = folded.unicodeScalars.firstIndex(where: { $0 == "@" || $0 == ":" }) else {
            self = .latest(try ModelName(text))
            return
        }
        let name = try ModelName(String(folded.unicodeScalars[..<mark]))
        let rest = String(folded.unicodeScalars[folded.unicodeScalars.index(after: mark)...])
        if folded.unicodeScalars[mark] == "@" {
            guard let number = Int(rest), number > 0, String(number) == rest else {
                throw .invalidReference(text: text, reason: "after @ comes a version number, 1 or higher")
            }
            self = .version(name, number)
        } else if rest == "latest" {
            self = .latest(name)
        } else {
            self = .alias(name, try AliasName(rest))
        }
    }

    /// As it is typed.
    public var description: String {
        switch self {
        case .latest(let name): name.text
        case .version(let name, let number): "\(name)@\(number)"
        case .alias(let name, let alias): "\(name):\(alias)"
        case .digest(let prefix): "sha256:" + prefix
        case .path(let path): path
        }
    }
}
