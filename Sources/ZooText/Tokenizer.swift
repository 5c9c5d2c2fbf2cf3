import ZooBase

/// Text to ids and back, as the model was trained with: every id, token and offset as the `tokenizers` library has it.
public struct Tokenizer: Sendable {
    let pipeline: Pipeline
    let single: Template
    let pair: Template
    let decoder: (any Decoder)?
    /// What added tokens that are looked for in their normalized form are decoded to.
    private let normalizedForms: [Int32: String]
    private let specialContents: Set<ExactString>

    /// The tokens recognised in the text itself, by id.
    public let addedTokens: [AddedToken]
    /// The tokens that have a role.
    public let specialTokens: SpecialTokens
    /// The longest input the model's files allow (`model_max_length`), in tokens; nil when they do not say.
    public let modelMaximumLength: Int?
    /// What the tokenizer's file says about long texts.
    ///
    /// It holds where `maximumLength` is not given; nil: nothing is cut.
    public var truncation: Truncation?

    init(_ parts: TokenizerParts) {
        pipeline = Pipeline(
            normalizer: parts.normalizer, preTokenizer: parts.preTokenizer, model: parts.model,
            addedTokens: parts.addedTokens)
        (single, pair) = (parts.postProcessor.single, parts.postProcessor.pair)
        decoder = parts.decoder
        addedTokens = parts.addedTokens.sorted { $0.id < $1.id }
        let normalized = addedTokens.filter(\.isNormalized).map {
            ($0.id, String(decoding: Pipeline.normalized($0.content, parts.normalizer), as: UTF8.self))
        }
        normalizedForms = Dictionary(uniqueKeysWithValues: normalized)
        specialContents = Set(addedTokens.filter(\.isSpecial).map { ExactString($0.content) })
        specialTokens = parts.specialTokens
        modelMaximumLength = parts.modelMaximumLength
        truncation = parts.truncation
    }

    /// Number of ids a model needs embeddings for: one more than the highest.
    public var vocabularySize: Int {
        Int(max(pipeline.model.vocabulary.highestID ?? -1, addedTokens.last?.id ?? -1)) + 1
    }

    /// The id of `token`, compared by bytes.
    public func id(of token: String) -> Int32? {
        addedTokens.first { ExactString($0.content) == ExactString(token) }?.id
            ?? pipeline.model.vocabulary.id(of: token)
    }

    /// The token with `id`.
    public func token(_ id: Int32) -> String? {
        addedToken(id)?.content ?? pipeline.model.vocabulary.token(id)
    }

    private func addedToken(_ id: Int32) -> AddedToken? {
        let index = addedTokens.partitioningIndex { $0.id >= id }
        return index < addedTokens.count && addedTokens[index].id == id ? addedTokens[index] : nil
    }

    /// The text of `ids`.
    ///
    /// Ids that are not in the vocabulary are left out, and so are special tokens unless asked for. As in the
    /// `tokenizers` library an added token that is matched in its normalized form comes back in that form.
    public func decode(_ ids: [Int32], skipsSpecialTokens: Bool = true) -> String {
        let tokens = ids.compactMap { id -> String? in
            guard let text = normalizedForms[id] ?? token(id) else { return nil }
            return skipsSpecialTokens && specialContents.contains(ExactString(text)) ? nil : text
        }
        return decoder?.text(tokens) ?? tokens.joined(separator: " ")
    }
}
