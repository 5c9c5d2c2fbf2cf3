/// Greedy longest-match-first pieces (Schuster & Nakajima, 2012; Devlin and others, 2018).
///
/// A word is covered from its start by the longest tokens that fit, all but the first with a prefix in the vocabulary;
/// a word that cannot be covered, or is too long, is the unknown token.
struct WordPiece: Model {
    static let kind = "WordPiece"

    let vocabulary: Vocabulary
    private let unknownID: Int32
    private let maximumScalars: Int
    /// The tokens that continue a word, without their prefix.
    private let continuations: ByteTable

    init(
        vocabulary: Vocabulary, unknownToken: String, prefix: String, maximumScalars: Int, file: String
    ) throws(TextError) {
        guard let unknownID = vocabulary.id(of: unknownToken) else {
            throw .tokenNotInVocabulary(file: file, role: "unk_token", token: unknownToken)
        }
        self.vocabulary = vocabulary
        self.unknownID = unknownID
        self.maximumScalars = maximumScalars
        continuations = vocabulary.tokens(after: Array(prefix.utf8))
    }

    init(_ field: JSONField, vocabulary: Vocabulary) throws(TextError) {
        try self.init(
            vocabulary: vocabulary,
            unknownToken: try field.required("unk_token").string(),
            prefix: try field.required("continuing_subword_prefix").string(),
            maximumScalars: try field.required("max_input_chars_per_word").integer(in: 0...Int(Int32.max)),
            file: field.file)
    }

    func split(_ word: [UInt8], into pieces: inout WordPieces) {
        if word.count > maximumScalars, UTF8Text.scalarCount(word, 0..<word.count) > maximumScalars {
            pieces.append(unknownID, end: word.count)
            return
        }
        let first = pieces.ids.count
        var start = 0
        while start < word.count {
            let table = start == 0 ? vocabulary.table : continuations
            guard let match = table.longestMatch(in: word, from: start, hashes: &pieces.hashes) else {
                pieces.ids.removeSubrange(first...)
                pieces.ends.removeSubrange(first...)
                pieces.append(unknownID, end: word.count)
                return
            }
            pieces.append(match.value, end: match.end)
            start = match.end
        }
    }
}
