/// The classes of a task, and the ways in which people spell them.
public struct LabelSet: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// The classes, in the order of their indices.
    public let labels: [String]
    /// Whole spellings besides the labels themselves: each lists one value a label, in the order of the labels.
    public let spellings: [[String]]
}
