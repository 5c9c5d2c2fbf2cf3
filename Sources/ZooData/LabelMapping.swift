public import ZooBase

/// What the labels of some data mean: the labels with their numbers, and the number of each spelling.
public struct LabelMapping: Sendable, Equatable, JSONRepresentable {
    /// A spelling in the data and the number of its label.
    public struct Entry: Sendable, Hashable {
        /// As in the data.
        public let spelling: String
        /// The number of the label.
        public let label: Int

        /// Makes an entry.
        public init(spelling: String, label: Int) {
            self.spelling = spelling
            self.label = label
        }
    }
    /// The labels; their index is their number (`id2label`).
    public let labels: [String]
    /// The spellings, sorted by number and spelling.
    public let entries: [Entry]
    /// How it came about: `label set "two classes" spelled 0, 1`; `as asked`; `sorted`.
    public let reason: String
    private let numbers: [String: Int]

    /// Makes a mapping; the labels' own names are understood too, unless an entry spells another label so.
    public init(labels: [String], entries: [Entry], reason: String) {
        self.labels = labels
        self.reason = reason
        var numbers: [String: Int] = [:]
        for entry in entries { numbers[Self.fold(entry.spelling)] = entry.label }
        for (number, label) in labels.enumerated() where numbers[Self.fold(label)] == nil {
            numbers[Self.fold(label)] = number
        }
        self.numbers = numbers
        self.entries = entries.sorted {
            ($0.label, ExactString($0.spelling)) < ($1.label, ExactString($1.spelling))
        }
    }

    /// Labels that are named as the data spells them, numbered in `order`.
    public init(generic found: [String]) {
        let labels = Self.order(found)
        self.init(
            labels: labels, entries: labels.enumerated().map { Entry(spelling: $1, label: $0) },
            reason: labels.allSatisfy { Double($0) != nil } ? "sorted as numbers" : "sorted")
    }

    /// The same spellings with the numbers that the labels have in `labels`, which holds them all.
    public func renamed(to labels: [String]) -> LabelMapping {
        LabelMapping(
            labels: labels,
            entries: entries.compactMap { entry in
                labels.firstIndex(of: self.labels[entry.label]).map { Entry(spelling: entry.spelling, label: $0) }
            }, reason: reason)
    }

    /// The number of the label spelled `spelling`; nil when there is none.
    public func number(of spelling: String) -> Int? { numbers[Self.fold(spelling)] }

    /// The number of each row's label.
    ///
    /// - Throws: `DataError.unknownLabel` for the first row whose label is not known.
    public func numbers(of dataset: Dataset) throws(DataError) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(dataset.rows.count)
        for row in dataset.rows {
            guard let number = number(of: row.label ?? "") else {
                throw .unknownLabel(
                    path: dataset.path, row: row.number, line: row.line, label: row.label ?? "", known: labels)
            }
            result.append(number)
        }
        return result
    }

    /// `0 → negative, 1 → positive`.
    public var description: String {
        entries.map { $0.spelling == labels[$0.label] ? $0.spelling : "\($0.spelling) → \(labels[$0.label])" }
            .joined(separator: ", ")
    }

    /// Labels, spellings and how it came about.
    public var json: JSON {
        [
            "labels": .array(labels.map { .string($0) }),
            "spellings": .array(
                entries.map { ["spelling": .string($0.spelling), "label": .string(labels[$0.label])] }),
            "reason": .string(reason),
        ]
    }

    /// Numbers in numeric order when all are, otherwise by bytes.
    public static func order(_ labels: [String]) -> [String] {
        let numbers = labels.compactMap(Double.init)
        guard numbers.count == labels.count else { return labels.sorted { ExactString($0) < ExactString($1) } }
        return zip(numbers, labels).sorted { ($0.0, ExactString($0.1)) < ($1.0, ExactString($1.1)) }.map(\.1)
    }

    /// Spellings that are equal without case, white space around them and `.0` at the end of a whole number are one.
    static func fold(_ spelling: String) -> String {
        let lowered = ColumnGuess.trim(spelling).lowercased()
        guard let dot = lowered.firstIndex(of: "."), Double(lowered) != nil,
            lowered[lowered.index(after: dot)...].allSatisfy({ $0 == "0" })
        else { return lowered }
        return String(lowered[..<dot])
    }
}
