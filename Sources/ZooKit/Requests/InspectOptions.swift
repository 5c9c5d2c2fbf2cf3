/// What to look at in a checkpoint.
public struct InspectOptions: Sendable {
    /// Globs of the tensors to look at; empty for all.
    public var globs: [String] = []
    /// Whether tensors with the same bytes are looked for: reads those of the same type and shape.
    public var findsDuplicates = false
    /// Whether the selected tensors are read and described.
    public var wantsStatistics = false
    /// Whether names are nested.
    public var wantsTree = false

    /// Everything at its default: only descriptions are read.
    public init() {}
}
