public import ZooBase

/// What a column is wanted for.
public enum ColumnPurpose: String, Sendable {
    /// The text.
    case text
    /// The label.
    case label

    /// The option that names the column.
    public var flag: String { "--\(rawValue)-column" }
}

/// Which columns of a file are used, and why.
public struct ColumnChoice: Sendable, Equatable, JSONRepresentable {
    /// One chosen column.
    public struct Column: Sendable, Equatable {
        /// Its place; the first is 0.
        public let index: Int
        /// Its name, or `column 1`, `column 2` … where there are no names.
        public let name: String
        /// Why it was chosen.
        public let reason: String
    }
    /// The columns' names in the file's order.
    public let names: [String]
    /// Whether the first row names them.
    public let hasHeader: Bool
    /// Why the first row was taken for a header or for data.
    public let headerReason: String
    /// The column that holds the text.
    public let text: Column
    /// The column that holds the label; nil for rows without.
    public let label: Column?

    /// All of it.
    public var json: JSON {
        .object([
            "names": .array(names.map { .string($0) }), "hasHeader": .bool(hasHeader),
            "headerReason": .string(headerReason), "text": Self.json(text), "label": label.map(Self.json),
        ])
    }

    private static func json(_ column: Column) -> JSON {
        ["index": .integer(column.index), "name": .string(column.name), "reason": .string(column.reason)]
    }
}
