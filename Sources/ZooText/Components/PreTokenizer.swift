/// What happens to one scalar when a text is cut into words.
enum WordRole: UInt8 {
    /// It is part of a word.
    case inside
    /// It ends a word and is dropped.
    case separator
    /// It is a word of its own.
    case alone
}

/// How a normalized text is cut into words: by a role that each scalar has by itself.
protocol PreTokenizer: Sendable {
    /// The `type` that names it in tokenizer.json.
    static var kind: String { get }

    /// Reads its options.
    init(_ field: JSONField) throws(TextError)

    /// The part that a scalar plays.
    func role(of scalar: UInt32) -> WordRole
}

/// The pre-tokenizers there are; a new one is a file and a line here.
enum PreTokenizers {
    static let all: [any PreTokenizer.Type] = [BertPreTokenizer.self]

    /// Reads the pre-tokenizer of a tokenizer.json; nil for `null`.
    static func load(_ field: JSONField?) throws(TextError) -> (any PreTokenizer)? {
        guard let field else { return nil }
        let kind = try field.kind(known: all.map { $0.kind })
        return try all.first { $0.kind == kind }?.init(field)
    }
}
