/// Makes a text of tokens.
protocol Decoder: Sendable {
    /// The `type` that names it in tokenizer.json.
    static var kind: String { get }

    /// Reads its options.
    init(_ field: JSONField) throws(TextError)

    /// The text of `tokens`.
    func text(_ tokens: [String]) -> String
}

/// The decoders there are; a new one is a file and a line here.
enum Decoders {
    static let all: [any Decoder.Type] = [WordPieceDecoder.self]

    /// Reads the decoder of a tokenizer.json; nil for `null`.
    static func load(_ field: JSONField?) throws(TextError) -> (any Decoder)? {
        guard let field else { return nil }
        let kind = try field.kind(known: all.map { $0.kind })
        return try all.first { $0.kind == kind }?.init(field)
    }
}
