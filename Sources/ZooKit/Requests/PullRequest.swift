internal import ZooStore

/// What to pull, and how.
public struct PullRequest: Sendable {
    /// The model's name in the mirror.
    public var name: String
    /// The revision; nil for the mirror's own choice.
    public var revision: String?
    /// The only mirror to ask; nil for all, in order.
    public var mirror: String?
    /// The name it gets here; nil for its own.
    public var localName: String?
    /// Patterns of the files to pull; all when there are none.
    public var patterns: [String] = []
    /// Whether to ask only mirrors on this machine.
    public var isOffline = false
    /// Whether to read everything again, whatever the registry holds.
    public var isFresh = false

    /// Reads `NAME` or `NAME@REVISION`.
    public init(_ reference: String) {
        let halves = reference.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(halves[0])
        revision = halves.count == 2 ? String(halves[1]) : nil
    }

    var only: FileFilter { FileFilter(patterns: patterns) }
}
