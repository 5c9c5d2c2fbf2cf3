/// The pieces of the word at hand, end to end.
struct WordPieces {
    /// The id of each piece.
    var ids: [Int32] = []
    /// Where each piece ends: an offset in bytes from the start of the word.
    var ends: [Int] = []
    /// Room for a model's own use; empty between words.
    var hashes: [UInt64] = []

    /// Forgets the last word.
    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// Adds a piece.
    mutating func append(_ id: Int32, end: Int) {
        ids.append(id)
        ends.append(end)
    }
}

/// Splits words into the tokens of a vocabulary.
protocol Model: Sendable {
    /// The `type` that names it in tokenizer.json.
    static var kind: String { get }

    /// Reads its options; `vocabulary` holds the tokens of its `vocab`.
    init(_ field: JSONField, vocabulary: Vocabulary) throws(TextError)

    /// The tokens.
    var vocabulary: Vocabulary { get }

    /// Appends the pieces of `word` (well-formed UTF-8, not empty) to `pieces`.
    func split(_ word: [UInt8], into pieces: inout WordPieces)
}

/// The models there are; a new one is a file and a line here.
enum Models {
    static let all: [any Model.Type] = [WordPiece.self]

    /// Reads the model of a tokenizer.json.
    static func load(_ field: JSONField, vocabulary: Vocabulary) throws(TextError) -> any Model {
        let kind = try kind(field)
        let type = all.first { $0.kind == kind } ?? WordPiece.self
        return try type.init(field, vocabulary: vocabulary)
    }

    /// The kind of the model of a tokenizer.json, which must be one there is.
    static func kind(_ field: JSONField) throws(TextError) -> String {
        // Files written before the field existed hold WordPiece models without it.
        try field.kind(known: all.map { $0.kind }, default: WordPiece.kind)
    }
}
