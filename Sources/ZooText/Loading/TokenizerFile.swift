import ZooBase

/// Reads tokenizer.json, the format of the `tokenizers` library (version "1.0").
enum TokenizerFile {
    static let name = "tokenizer.json"

    static func read(_ bytes: [UInt8]) throws(TextError) -> TokenizerParts {
        // The vocabulary is most of the file; when it is plain it is read apart, straight into its tables.
        var scanner = VocabularyScanner(bytes)
        let scanned = scanner.scan()
        var rest = bytes
        if let scanned { rest.replaceSubrange(scanned.range, with: Array("{}".utf8)) }
        let root = JSONField(file: name, place: "", value: try document(rest, whole: bytes))
        if let version = try root.optional("version") { _ = try version.choice(of: ["1.0"]) }
        let modelField = try root.required("model")
        _ = try Models.kind(modelField)
        let vocabulary: Vocabulary
        if let scanned {
            vocabulary = try Vocabulary(scanned.builder, file: name)
        } else {
            vocabulary = try Vocabulary(try entries(modelField), file: name)
        }
        return TokenizerParts(
            normalizer: try Normalizers.load(try root.optional("normalizer")),
            preTokenizer: try PreTokenizers.load(try root.optional("pre_tokenizer")),
            model: try Models.load(modelField, vocabulary: vocabulary),
            postProcessor: try PostProcessors.load(try root.optional("post_processor")),
            decoder: try Decoders.load(try root.optional("decoder")),
            addedTokens: try addedTokens(try root.optional("added_tokens")?.elements() ?? [], vocabulary),
            truncation: try root.optional("truncation").map { field throws(TextError) in try Truncation(field) })
    }

    /// Parses `rest`; should that fail, the whole file, so that the error tells the place in the file.
    private static func document(_ rest: [UInt8], whole: [UInt8]) throws(TextError) -> JSON {
        if let document = try? JSONParser.parse(rest) { return document }
        do {
            return try JSONParser.parse(whole)
        } catch {
            throw .invalidJSON(file: name, error)
        }
    }

    /// Reads a vocabulary that the scanner gave up on, or says what is wrong with it.
    private static func entries(_ model: JSONField) throws(TextError) -> Vocabulary.Builder {
        var builder = Vocabulary.Builder()
        for (token, field) in try model.required("vocab").members() {
            builder.bytes += Array(token.utf8)
            builder.endToken(id: try field.id())
        }
        return builder
    }

    private static func addedTokens(
        _ fields: [JSONField], _ vocabulary: Vocabulary
    ) throws(TextError) -> [AddedToken] {
        var tokens = AddedTokens(file: name, vocabulary)
        for field in fields { try tokens.append(try AddedToken(field, id: try field.required("id").id())) }
        return tokens.tokens
    }
}

/// Collects added tokens and refuses those that contradict the vocabulary or each other.
struct AddedTokens {
    private(set) var tokens: [AddedToken] = []
    private let file: String
    private let vocabulary: Vocabulary

    init(file: String, _ vocabulary: Vocabulary) {
        self.file = file
        self.vocabulary = vocabulary
    }

    mutating func append(_ token: AddedToken) throws(TextError) {
        guard !token.content.isEmpty else { return }
        if let id = vocabulary.id(of: token.content), id != token.id {
            throw .conflictingID(file: file, token: token.content, id: Int(token.id), vocabularyID: Int(id))
        }
        if let other = vocabulary.token(token.id), ExactString(other) != ExactString(token.content) {
            throw .duplicateID(file: file, id: Int(token.id), first: other, second: token.content)
        }
        for other in tokens {
            if ExactString(other.content) == ExactString(token.content) {
                throw .duplicateToken(file: file, token: token.content)
            }
            if other.id == token.id {
                throw .duplicateID(file: file, id: Int(token.id), first: other.content, second: token.content)
            }
        }
        tokens.append(token)
    }
}

extension AddedToken {
    /// Reads an entry of `added_tokens` or `added_tokens_decoder`.
    init(_ field: JSONField, id: Int32) throws(TextError) {
        func flag(_ name: String) throws(TextError) -> Bool { try field.optional(name)?.bool() ?? false }
        self.init(
            id: id, content: try field.required("content").string(), isSpecial: try flag("special"),
            isNormalized: try flag("normalized"), isSingleWord: try flag("single_word"),
            stripsLeft: try flag("lstrip"), stripsRight: try flag("rstrip"))
    }
}
