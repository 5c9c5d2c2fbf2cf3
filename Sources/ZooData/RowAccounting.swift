public import ZooBase

/// Where every row of a file went: `read == used + emptyText + emptyLabel + malformed + conflictsDropped`.
public struct RowAccounting: Sendable, Equatable, JSONRepresentable {
    /// A row that was dropped, and why.
    public struct Malformed: Sendable, Equatable {
        /// The line it begins on.
        public let line: Int
        /// What is wrong with it.
        public let problem: RowProblem
    }
    /// How many malformed rows are named.
    public static let namedRows = 10

    /// Rows in the file, without a header and empty lines.
    public internal(set) var read = 0
    /// Rows that are left.
    public internal(set) var used = 0
    /// Rows dropped because their text is empty or white space.
    public internal(set) var emptyText = 0
    /// Rows dropped because their label is empty.
    public internal(set) var emptyLabel = 0
    /// Rows dropped because they cannot be taken apart.
    public internal(set) var malformed = 0
    /// The first of the malformed rows.
    public internal(set) var firstMalformed: [Malformed] = []
    /// Used rows whose text and label occurred before.
    public internal(set) var duplicates = 0
    /// Rows whose text also occurs with another label.
    public internal(set) var conflicts = 0
    /// Of these, the rows dropped, which is all or none.
    public internal(set) var conflictsDropped = 0
    /// Lines without anything: no rows.
    public internal(set) var blankLines = 0

    /// Begins with no rows.
    public init() {}

    mutating func addMalformed(_ problem: RowProblem, line: Int) {
        malformed += 1
        if firstMalformed.count < Self.namedRows { firstMalformed.append(.init(line: line, problem: problem)) }
    }

    /// The reasons rows were dropped, for people: `dropped: 2 without text, 1 malformed (line 7: 3 fields instead of 2)`.
    public var droppedSummary: String {
        var parts: [String] = []
        if emptyText > 0 { parts.append("\(emptyText) without text") }
        if emptyLabel > 0 { parts.append("\(emptyLabel) without label") }
        if malformed > 0 {
            let named = firstMalformed.prefix(3).map { "line \($0.line): \($0.problem)" }.joined(separator: "; ")
            parts.append("\(malformed) malformed (\(named)\(malformed > 3 ? "; …" : ""))")
        }
        if conflictsDropped > 0 { parts.append("\(conflictsDropped) with contradicting labels") }
        return parts.isEmpty ? "none dropped" : "dropped: \(parts.joined(separator: ", "))"
    }

    /// Every count, and the first malformed rows.
    public var json: JSON {
        [
            "read": .integer(read), "used": .integer(used), "emptyText": .integer(emptyText),
            "emptyLabel": .integer(emptyLabel), "malformed": .integer(malformed),
            "firstMalformed": .array(
                firstMalformed.map { ["line": .integer($0.line), "problem": .string($0.problem.description)] }),
            "duplicates": .integer(duplicates), "conflicts": .integer(conflicts),
            "conflictsDropped": .integer(conflictsDropped), "blankLines": .integer(blankLines),
        ]
    }
}
