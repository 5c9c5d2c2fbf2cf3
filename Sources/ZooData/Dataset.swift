public import ZooBase

/// The rows of one file in memory, with an account of every row that was in it.
public struct Dataset: Sendable {
    /// The path as it was given.
    public let path: String
    /// The name of the format.
    public let format: String
    /// How fields are written: `comma-separated, quoted`.
    public let layout: String
    /// SHA-256 of the file.
    public let fileDigest: ContentDigest
    /// Bytes in the file.
    public let byteCount: Int
    /// The columns in use, and why.
    public let columns: ColumnChoice
    /// The rows in the file's order.
    public let rows: [DataRow]
    /// Where every row of the file went.
    public let accounting: RowAccounting

    /// Reads the file at `path`.
    ///
    /// - Throws: `DataError`, also when no row is left.
    public init(reading path: String, options: DatasetOptions = .init()) throws(DataError) {
        try self.init(try TableRowStream(path, options: options), options)
    }

    /// Reads a file whose bytes are at hand; `path` is what it is called, its suffix a hint at its format.
    ///
    /// - Throws: `DataError`, also when no row is left.
    public init(_ path: String, storage: ByteStorage, options: DatasetOptions = .init()) throws(DataError) {
        try self.init(try TableRowStream(path, storage: storage, options: options), options)
    }

    private init(_ opened: TableRowStream, _ options: DatasetOptions) throws(DataError) {
        var stream = opened
        let path = stream.path
        var rows: [DataRow] = []
        while true {
            let batch = try stream.nextBatch()
            if batch.isEmpty { break }
            rows.append(contentsOf: batch)
        }
        fileDigest = try stream.finish()
        var accounting = stream.accounting
        self.rows = Self.countingRepeats(rows, options, &accounting)
        guard !self.rows.isEmpty else { throw .noUsableRows(path: path, accounting: accounting) }
        self.path = path
        self.accounting = accounting
        format = stream.format
        layout = stream.layout
        byteCount = stream.byteCount
        columns = stream.columns
    }

    /// The labels that occur and how many rows have each, sorted by `LabelMapping.order`.
    public var labelCounts: [(label: String, rows: Int)] {
        var counts: [ExactString: Int] = [:]
        for row in rows { if let label = row.label { counts[ExactString(label), default: 0] += 1 } }
        return LabelMapping.order(counts.keys.map(\.text)).map { ($0, counts[ExactString($0)] ?? 0) }
    }

    /// The digest of each row's text, in the rows' order: what finds a row again in other data.
    public var textDigests: [ContentDigest] { rows.map(\.textDigest) }

    /// Counts rows that repeat a text, and drops those whose labels contradict each other when asked to.
    private static func countingRepeats(
        _ rows: [DataRow], _ options: DatasetOptions, _ accounting: inout RowAccounting
    ) -> [DataRow] {
        var firsts: [ExactString: Int] = Dictionary(minimumCapacity: rows.count)
        var repeats: [(first: Int, index: Int)] = []
        for (index, row) in rows.enumerated() {
            let first = firsts[ExactString(row.text), setting: index]
            if first != index { repeats.append((first, index)) }
        }
        let contradicted = Set(repeats.lazy.filter { rows[$0.first].label != rows[$0.index].label }.map(\.first))
        var isConflict = [Bool](repeating: false, count: rows.count)
        for first in contradicted { isConflict[first] = true }
        for pair in repeats where contradicted.contains(pair.first) { isConflict[pair.index] = true }
        accounting.conflicts = isConflict.count { $0 }
        let dropsConflicts = options.dropsConflicts && accounting.conflicts > 0
        accounting.duplicates = duplicates(repeats, rows) { dropsConflicts && isConflict[$0] }
        guard dropsConflicts else { return rows }
        accounting.conflictsDropped = accounting.conflicts
        accounting.used -= accounting.conflicts
        return zip(rows, isConflict).filter { !$1 }.map(\.0)
    }

    /// The rows whose text and label occurred before.
    private static func duplicates(
        _ repeats: [(first: Int, index: Int)], _ rows: [DataRow], isDropped: (Int) -> Bool
    ) -> Int {
        var labels: [Int: Set<String?>] = [:]
        var count = 0
        for (first, index) in repeats where !isDropped(index) {
            if !labels[first, default: [rows[first].label]].insert(rows[index].label).inserted { count += 1 }
        }
        return count
    }
}

extension Dictionary<ExactString, Int> {
    /// The value of `key`, which becomes `value` when it had none: one look-up.
    fileprivate subscript(key: ExactString, setting value: Int) -> Int {
        mutating get {
            let index = self[key, default: -1]
            if index >= 0 { return index }
            self[key] = value
            return value
        }
    }
}
