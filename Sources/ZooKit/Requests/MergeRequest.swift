/// Which versions to merge, and how.
public struct MergeRequest: Sendable {
    /// Versions, files or folders.
    public var sources: [String]
    /// `linear`, `slerp`, `task-arithmetic` or `ties`.
    public var method = "linear"
    /// One for each source; empty for equal ones.
    public var weights: [Double] = []
    /// What the changes are taken from; for `task-arithmetic` and `ties`.
    public var base: String?
    /// The share of each tensor's changes that `ties` keeps; nil for the usual.
    public var density: Double?
    /// What `ties` keeps unless told otherwise.
    public static let usualDensity = 0.2
    /// A file, in the format that its suffix names, or a folder to write.
    public var path: String?
    /// The name of the version to make.
    public var name: String?
    /// Whether only the plan is wanted.
    public var isDryRun = false
    /// Whether a file that is there may be replaced.
    public var replaces = false

    /// A request for the mean.
    public init(sources: [String]) { self.sources = sources }
}
