/// How a file of rows is to be read; what is nil is guessed and reported.
public struct DatasetOptions: Sendable, Equatable {
    /// The name of a format; nil decides by suffix, then by content.
    public var format: String?
    /// The column that holds the text: its name, or its position (1 is the first).
    public var textColumn: String?
    /// The column that holds the label: its name, or its position (1 is the first).
    public var labelColumn: String?
    /// Whether the first row of a CSV or TSV file names the columns.
    public var hasHeader: Bool?
    /// Whether double quotes enclose fields; nil: in CSV yes, in TSV no.
    public var usesQuotes: Bool?
    /// How the characters are written.
    public var encoding: TextEncoding = .utf8
    /// Whether rows need a label.
    public var isLabelled = true
    /// Whether rows without text are given all the same (to answer row by row).
    public var keepsEmptyText = false
    /// Whether rows with too many fields are dropped and counted instead of refused.
    public var dropsMalformed = false
    /// Whether rows are dropped whose text also occurs with another label.
    public var dropsConflicts = false
    /// The longest row in bytes.
    public var maximumRowBytes = 1 << 20

    /// Guesses everything.
    public init() {}

    /// The options to read rows for prediction: no label needed, every row answered.
    public static var unlabelled: DatasetOptions {
        var options = DatasetOptions()
        options.isLabelled = false
        options.keepsEmptyText = true
        return options
    }
}
