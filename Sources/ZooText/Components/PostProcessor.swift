/// What is put around the tokens of one text or of two.
struct Template: Sendable {
    /// One part of the result.
    enum Piece: Sendable {
        /// The tokens of the first text or of the second.
        case sequence(isSecond: Bool, typeID: Int32)
        /// Special tokens.
        case special(ids: [Int32], tokens: [String], typeID: Int32)
    }

    /// From left to right.
    let pieces: [Piece]

    /// How many special tokens it adds.
    var addedCount: Int {
        pieces.reduce(0) { count, piece in
            if case .special(let ids, _, _) = piece { count + ids.count } else { count }
        }
    }
}

/// Adds the special tokens that a model expects.
protocol PostProcessor: Sendable {
    /// The `type` that names it in tokenizer.json.
    static var kind: String { get }

    /// Reads its options.
    init(_ field: JSONField) throws(TextError)

    /// For one text.
    var single: Template { get }
    /// For two.
    var pair: Template { get }
}

/// The post-processors there are; a new one is a file and a line here.
enum PostProcessors {
    static let all: [any PostProcessor.Type] = [TemplateProcessing.self, BertProcessing.self]

    /// Reads the post-processor of a tokenizer.json; one that adds nothing for `null`.
    static func load(_ field: JSONField?) throws(TextError) -> any PostProcessor {
        guard let field else { return NoProcessing() }
        let kind = try field.kind(known: all.map { $0.kind })
        return try all.first { $0.kind == kind }?.init(field) ?? NoProcessing()
    }
}

/// Adds nothing.
struct NoProcessing: PostProcessor {
    static let kind = "none"
    let single = Template(pieces: [.sequence(isSecond: false, typeID: 0)])
    let pair = Template(pieces: [.sequence(isSecond: false, typeID: 0), .sequence(isSecond: true, typeID: 1)])

    init() {}
    init(_ field: JSONField) throws(TextError) {}
}
