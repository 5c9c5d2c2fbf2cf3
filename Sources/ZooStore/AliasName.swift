/// A name for one version of a model that can be moved to another: `production`.
public struct AliasName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The alias, lower case.
    public let text: String

    /// Reads an alias; upper case is folded.
    ///
    /// - Throws: `StoreError.invalidAlias` with what is wrong.
    public init(_ text: String) throws(StoreError) {
        let folded = ModelName.folded(text)
        let reason: String?
        if folded.isEmpty {
            reason = "it is empty"
        } else if folded.utf8.count > ModelName.maximumBytes {
            reason = "it has more than \(ModelName.maximumBytes) bytes"
        } else if folded == "latest" {
            reason = "`latest` is always the highest version"
        } else if !("a"..."z").contains(folded.unicodeScalars.first!) {
            reason = "it does not start with a letter"
        } else if let bad = folded.unicodeScalars.first(where: {
            $0.value > 0x7F || !ModelName.isNameByte(UInt8($0.value))
        }) {
            reason = "it contains U+\(String(bad.value, radix: 16, uppercase: true))"
        } else {
            reason = nil
        }
        if let reason { throw .invalidAlias(text: text, reason: reason) }
        self.text = folded
    }

    /// The alias in the name of a file; nil for what the store does not write so.
    init?(stored name: String) {
        guard let alias = try? AliasName(name), alias.text == name else { return nil }
        self = alias
    }

    /// The alias.
    public var description: String { text }

    /// By the bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
