/// What to do with the head of a model.
public struct HeadRequest: Sendable {
    /// What is wanted.
    public enum Action: Sendable {
        /// A new head for a task, its weights made from a seed.
        case attach(task: String, labels: [String], seed: Int)
        /// The head of another version; `force` when it was trained on another base.
        case take(from: String, force: Bool)
        /// No head.
        case drop
        /// The same labels in another order (the rows of the weights move with them), or other names for them.
        case relabel([String])
    }

    /// The version.
    public var source: String
    /// What to do.
    public var action: Action
    /// The name of the result; nil for `BASE-TASK` or the version's own.
    public var name: String?
    /// Whether only the plan is wanted.
    public var isDryRun = false

    /// A request.
    public init(source: String, action: Action) {
        self.source = source
        self.action = action
    }
}
