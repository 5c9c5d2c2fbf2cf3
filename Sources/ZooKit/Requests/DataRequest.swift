/// Which rows to read and how.
public struct DataRequest: Sendable {
    /// The file; nil for the task's own sample data.
    public var path: String?
    /// The column that holds the text; guessed otherwise.
    public var textColumn: String?
    /// The column that holds the label; guessed otherwise.
    public var labelColumn: String?
    /// Whether the first line names the columns; guessed otherwise.
    public var hasHeader: Bool?
    /// Whether TSV fields may be quoted.
    public var isQuoted = false
    /// `utf-8` or `latin1`.
    public var encoding = "utf-8"
    /// What the labels in the file mean: `1=negative,2=positive`.
    public var labels: String?
    /// Whether rows with the same text and different labels are dropped.
    public var dropsConflicts = false

    /// A request for the sample data.
    public init() {}
}
