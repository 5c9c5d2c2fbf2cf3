/// What is done to a text before it is cut into words.
protocol Normalizer: Sendable {
    /// The `type` that names it in tokenizer.json.
    static var kind: String { get }

    /// Reads its options.
    init(_ field: JSONField) throws(TextError)

    /// Changes `text` in place.
    func normalize(_ text: inout NormalizedText)

    /// What an ASCII byte becomes by itself, whatever is beside it; nil when it is removed.
    func normalizedASCII(_ byte: UInt8) -> UInt8?
}

/// The normalizers there are; a new one is a file and a line here.
enum Normalizers {
    static let all: [any Normalizer.Type] = [BertNormalizer.self]

    /// Reads the normalizer of a tokenizer.json; nil for `null`.
    static func load(_ field: JSONField?) throws(TextError) -> (any Normalizer)? {
        guard let field else { return nil }
        let kind = try field.kind(known: all.map { $0.kind })
        return try all.first { $0.kind == kind }?.init(field)
    }
}
