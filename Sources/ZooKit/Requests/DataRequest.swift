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
    /// Whether fields may be quoted; nil for the format's own rule: yes in CSV, no in TSV.
    public var isQuoted: Bool?
    /// `csv`, `tsv` or `jsonl`; recognised otherwise.
    public var format: String?
    /// Whether rows with too many fields are dropped and counted, not refused.
    public var dropsMalformed = false
    /// `utf8`, `latin1` or `windows1252`.
    public var encoding = "utf8"
    /// What the labels in the file mean: `negative=1,positive=2`.
    public var labels: String?
    /// Whether rows with the same text and different labels are dropped.
    public var dropsConflicts = false

    /// A request for the sample data.
    public init() {}
}
