import ZooBase

/// What a file says a tokenizer is made of.
struct TokenizerParts {
    var normalizer: (any Normalizer)?
    var preTokenizer: (any PreTokenizer)?
    var model: any Model
    var postProcessor: any PostProcessor
    var decoder: (any Decoder)?
    var addedTokens: [AddedToken]
    var specialTokens = SpecialTokens()
    var modelMaximumLength: Int?
    var truncation: Truncation?
}

extension Tokenizer {
    /// Makes the tokenizer that a model's files describe.
    ///
    /// `files` are names and contents. Those that are understood: `tokenizer.json` (what the `tokenizers` library
    /// writes) or, when there is none, `vocab.txt` (a token a line); and `tokenizer_config.json` and
    /// `special_tokens_map.json` (options and roles). Padding asked for is off.
    ///
    /// - Throws: `TextError`.
    public static func load(files: [(name: String, bytes: [UInt8])]) throws(TextError) -> Tokenizer {
        func file(_ name: String) -> [UInt8]? { files.first { $0.name.utf8.elementsEqual(name.utf8) }?.bytes }
        let configuration = try TokenizerConfiguration(
            configuration: file(TokenizerConfiguration.file), map: file(TokenizerConfiguration.mapFile))
        var parts: TokenizerParts
        if let bytes = file(TokenizerFile.name) {
            parts = try TokenizerFile.read(bytes)
        } else if let bytes = file(VocabularyFile.name) {
            parts = try VocabularyFile.read(bytes, configuration)
        } else {
            let names = files.map(\.name).sorted { ExactString($0) < ExactString($1) }
            throw .noTokenizer(found: names)
        }
        parts.modelMaximumLength = configuration.modelMaximumLength
        parts.specialTokens = try configuration.specialTokens(parts)
        return Tokenizer(parts)
    }
}
