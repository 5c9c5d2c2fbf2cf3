/// The tokens that have a role in a model, as far as its files name them.
public struct SpecialTokens: Sendable, Hashable {
    /// A role; the raw value is its key in tokenizer_config.json.
    public enum Role: String, Sendable, CaseIterable {
        /// Fills up a batch.
        case padding = "pad_token"
        /// Stands for what the vocabulary cannot spell.
        case unknown = "unk_token"
        /// Stands before a text; its output represents the text.
        case classifier = "cls_token"
        /// Stands after a text.
        case separator = "sep_token"
        /// Stands for a hidden word.
        case mask = "mask_token"

        /// The token that BERT's vocabularies use.
        var convention: String {
            switch self {
            case .padding: "[PAD]"
            case .unknown: "[UNK]"
            case .classifier: "[CLS]"
            case .separator: "[SEP]"
            case .mask: "[MASK]"
            }
        }
    }

    private var ids: [Role: Int32] = [:]

    /// The id of the token with `role`; nil when the tokenizer has none.
    public internal(set) subscript(_ role: Role) -> Int32? {
        get { ids[role] }
        set { ids[role] = newValue }
    }
}
