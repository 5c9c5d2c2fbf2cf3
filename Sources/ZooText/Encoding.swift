/// A text as tokens; all arrays have the same count.
public struct Encoding: Sendable, Hashable {
    /// The ids.
    public var ids: [Int32] = []
    /// 0 for the first text, 1 for the second, as the model's template says.
    public var typeIDs: [Int32] = []
    /// The tokens as text; an added token is shown as it stands in the text.
    public var tokens: [String] = []
    /// For each token the Unicode scalars of its text that it covers; 0..<0 for special tokens that were added.
    public var offsets: [Range<Int>] = []
    /// Whether the token was added by the template.
    public var specialTokensMask: [Bool] = []
    /// How many tokens were cut off to keep to the maximum length.
    public var truncatedTokenCount = 0
}

/// The ids of a text, without where they come from.
public struct EncodedIDs: Sendable, Hashable {
    /// The ids.
    public var ids: [Int32] = []
    /// 0 for the first text, 1 for the second, as the model's template says; as many as ids.
    public var typeIDs: [Int32] = []
    /// How many tokens were cut off to keep to the maximum length.
    public var truncatedTokenCount = 0
}
