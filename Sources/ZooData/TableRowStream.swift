public import ZooBase

/// The rows of a CSV, TSV or JSONL file, one after the other.
///
/// The file is mapped and its pages given back as they are read, so memory stays steady.
public struct TableRowStream: RowStream {
    private static let batchRows = 256
    private static let sampledRows = 1000
    private static let sampledBytes = 1 << 22
    private static let stride = 1 << 23

    /// The path as it was given.
    public let path: String
    /// The name of the format.
    public let format: String
    /// How fields are written: `comma-separated, quoted`.
    public let layout: String
    /// The columns in use, and why.
    public let columns: ColumnChoice
    /// Bytes in the file.
    public var byteCount: Int { storage.byteCount }
    /// Where the rows went so far.
    public private(set) var accounting = RowAccounting()

    private let storage: ByteStorage
    private let options: DatasetOptions
    private let fieldCount: Int
    private var reader: any DatasetReader
    private var record = Record()
    private var batch: [DataRow] = []
    private var batchIndex = 0
    private var hasHeader: Bool
    private var hasEnded = false
    private var hasher = ContentHasher()
    private var consumed = 0

    /// Opens the file at `path`, finds its format, header and columns from its first rows.
    ///
    /// - Throws: `DataError`.
    public init(_ path: String, options: DatasetOptions = .init()) throws(DataError) {
        try self.init(path, storage: try DataFile.open(path), options: options)
    }

    /// Reads a file whose bytes are at hand; `path` is what it is called, its suffix a hint at its format.
    ///
    /// - Throws: `DataError`.
    public init(_ path: String, storage: ByteStorage, options: DatasetOptions) throws(DataError) {
        typealias Opened = (reader: any DatasetReader, name: String, outcome: ColumnGuess.Outcome)
        let opened = try unsafe storage.withUnsafeBytes { file throws(DataError) -> Opened in
            let prefix = try unsafe DataFile.check(file, path: path)
            let kind = try DatasetReaders.reader(named: options.format, path: path, prefix: prefix)
            let reader = try unsafe kind.init(options, path: path, file: file)
            let sample = try unsafe Self.sample(reader, file, options)
            guard !sample.isEmpty else { throw .emptyFile(path: path) }
            let guess = ColumnGuess(rows: sample, namesFromFormat: reader.columnNames, options: options, path: path)
            return (reader, kind.name, try guess.decide())
        }
        self.path = path
        self.storage = storage
        self.options = options
        reader = opened.reader
        format = opened.name
        layout = opened.reader.layout
        columns = opened.outcome.columns
        fieldCount = opened.outcome.fieldCount
        hasHeader = opened.outcome.columns.hasHeader
    }

    private static func sample(
        _ start: any DatasetReader, _ file: UnsafeRawBufferPointer, _ options: DatasetOptions
    ) throws(DataError) -> [[String?]] {
        var reader = start
        var record = Record()
        var rows: [[String?]] = []
        while rows.count < sampledRows, reader.offset < sampledBytes {
            guard try unsafe reader.next(in: file, into: &record) else { break }
            guard !record.isBlank else { continue }
            // A row that is no JSON still counts as a row, with no field.
            rows.append(
                record.fields.indices.map { index in
                    unsafe record.withBytes(of: index, in: file) { bytes in
                        unsafe bytes.map { unsafe options.encoding.decodeReplacing($0) }
                    }
                })
        }
        return rows
    }

    /// The next row; nil at the end.
    ///
    /// - Throws: `DataError`: bytes that are not UTF-8, a row too long, a quote never closed, too many fields.
    public mutating func next() throws(DataError) -> DataRow? {
        if batchIndex == batch.count {
            batch = try nextBatch()
            batchIndex = 0
        }
        guard batchIndex < batch.count else { return nil }
        batchIndex += 1
        return batch[batchIndex - 1]
    }

    /// Some hundred rows; empty at the end.
    mutating func nextBatch() throws(DataError) -> [DataRow] {
        var rows: [DataRow] = []
        rows.reserveCapacity(Self.batchRows)
        try unsafe storage.withUnsafeBytes { file throws(DataError) in
            while rows.count < Self.batchRows, !hasEnded {
                guard try unsafe reader.next(in: file, into: &record) else {
                    hasEnded = true
                    break
                }
                if let row = try unsafe row(in: file) { rows.append(row) }
                if reader.offset - consumed >= Self.stride { unsafe release(file) }
            }
        }
        return rows
    }

    /// Reads what is left of the file and gives its digest.
    ///
    /// - Throws: `DataError`, as `next` does.
    public mutating func finish() throws(DataError) -> ContentDigest {
        while try next() != nil {}
        unsafe storage.withUnsafeBytes { unsafe release($0) }
        return hasher.finalize()
    }

    private mutating func release(_ file: UnsafeRawBufferPointer) {
        let end = hasEnded ? file.count : reader.offset
        unsafe hasher.update(UnsafeRawBufferPointer(rebasing: file[consumed..<end]))
        storage.relinquish(consumed..<end)
        consumed = end
    }

    /// The row in `record`; nil when it is no row, or one that is dropped.
    private mutating func row(in file: UnsafeRawBufferPointer) throws(DataError) -> DataRow? {
        if record.isBlank {
            accounting.blankLines += 1
            return nil
        }
        if hasHeader {
            hasHeader = false
            return nil
        }
        accounting.read += 1
        if let problem = try problem() {
            accounting.addMalformed(problem, line: record.line)
            return nil
        }
        let text = try unsafe value(columns.text.index, in: file)
        guard options.keepsEmptyText || !Self.isBlank(text) else {
            accounting.emptyText += 1
            return nil
        }
        var label: String?
        if let column = columns.label {
            let trimmed = ColumnGuess.trim(try unsafe value(column.index, in: file))
            guard !trimmed.isEmpty else {
                accounting.emptyLabel += 1
                return nil
            }
            label = trimmed
        }
        accounting.used += 1
        return DataRow(text: text, label: label, number: accounting.read, line: record.line)
    }

    private func problem() throws(DataError) -> RowProblem? {
        if let problem = record.problem { return problem }
        let found = record.fields.count
        if found < fieldCount { return .tooFewFields(expected: fieldCount, found: found) }
        if found > fieldCount {
            guard options.dropsMalformed else {
                throw .tooManyFields(
                    path: path, row: accounting.read, line: record.line, expected: fieldCount, found: found)
            }
            return .tooManyFields(expected: fieldCount, found: found)
        }
        for column in [columns.text, columns.label].compactMap(\.self) {
            switch record.fields[column.index].place {
            case .missing: return .missingValue(column: column.name)
            case .notText: return .notText(column: column.name)
            case .file, .scratch: break
            }
        }
        return nil
    }

    private func value(_ column: Int, in file: UnsafeRawBufferPointer) throws(DataError) -> String {
        // What JSON spells is UTF-8 whatever the file is.
        let encoding = reader.columnNames == nil ? options.encoding : .utf8
        let text = unsafe record.withBytes(of: column, in: file) { unsafe encoding.decode($0!) }
        guard let text else {
            let mayBe = unsafe record.withBytes(of: column, in: file) { unsafe TextEncoding.guess($0!) }
            throw .notUTF8(path: path, row: accounting.read, line: record.line, mayBe: mayBe)
        }
        return text
    }

    private static func isBlank(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 <= 0x20 } || text.allSatisfy(\.isWhitespace)
    }
}
