public import ZooBase

/// What to fine-tune on what.
public struct FinetuneRequest: Sendable {
    /// The version to start from.
    public var base: String
    /// The task; nil to keep the one of the base's head.
    public var task: String?
    /// The version to learn from besides the rows' labels; nil for none.
    public var teacher: String?
    /// Training rows.
    public var data = DataRequest()
    /// Validation rows; nil to split them off the training rows.
    public var validationPath: String?
    /// Share of the rows split off for validation.
    public var validationShare = 0.1
    /// Name of the result; nil for `BASE-TASK`.
    public var name: String?
    /// A recipe file.
    public var recipePath: String?
    /// Recipe keys given as options; they win over the recipe file and the task's recipe.
    public var overrides: [JSONMember] = []
    /// Worker threads; nil for one a core.
    public var threads: Int?
    /// Whether the training file is kept as a blob.
    public var keepsData = true
    /// Whether only the plan is wanted.
    public var isDryRun = false
    /// Whether an existing derivation is computed again.
    public var isForced = false

    /// A request to fine-tune `base` with everything else at its default.
    public init(base: String) { self.base = base }
}
