public import ZooBase

/// Why some data cannot be used, and where it is wrong.
public enum DataError: ZooFailure, Equatable {
    /// The file cannot be opened or read.
    case file(FileError)
    /// The file has no bytes, or nothing but empty lines.
    case emptyFile(path: String)
    /// Every row was dropped.
    case noUsableRows(path: String, accounting: RowAccounting)
    /// Neither the name nor the content says which format it is.
    case unknownFormat(path: String, known: [String])
    /// No reader has that name.
    case unknownFormatName(String, known: [String])
    /// Something that is not text in an encoding that extends ASCII.
    case notPlainText(path: String, looksLike: String)
    /// One JSON array instead of a value a line.
    case jsonArray(path: String)
    /// Lines that end in a carriage return alone.
    case bareCarriageReturns(path: String)
    /// Bytes that are not UTF-8, in a column that is used.
    case notUTF8(path: String, row: Int, line: Int, mayBe: [TextEncoding])
    /// A row longer than the limit.
    case rowTooLong(path: String, line: Int, limit: Int)
    /// A quote that is opened and never closed.
    case unterminatedQuote(path: String, line: Int)
    /// A row with more fields than the others.
    case tooManyFields(path: String, row: Int, line: Int, expected: Int, found: Int)
    /// The column asked for is not there.
    case missingColumn(path: String, name: String, candidates: [String])
    /// The column asked for is there more than once.
    case repeatedColumn(path: String, name: String)
    /// One column asked for as text and as label.
    case sameColumn(path: String, name: String)
    /// No column looks like what is needed.
    case noColumn(path: String, purpose: ColumnPurpose, candidates: [String])
    /// More than one column may be the one that is needed.
    case ambiguousColumn(path: String, purpose: ColumnPurpose, candidates: [String])
    /// All rows have the same label.
    case singleClass(label: String, rows: Int)
    /// Nearly every row has a label of its own.
    case tooManyLabels(labels: Int, rows: Int)
    /// The labels can be read in more than one way.
    case ambiguousLabels(found: [String], readings: [String], example: String)
    /// The labels are not the task's.
    case foreignLabels(found: [String], known: [String], example: String)
    /// A label mapping that cannot be read.
    case invalidLabelMapping(String, problem: String)
    /// Something that is wrong with the labels of a file as a whole.
    indirect case labels(path: String, DataError)
    /// A label that training has not seen.
    case unknownLabel(path: String, row: Int, line: Int, label: String, known: [String])

    /// Bad input for most; not found for a missing file or column; usage for a name that is no format.
    public var kind: FailureKind {
        switch self {
        case .file(let error): error.kind
        case .labels(_, let error): error.kind
        case .missingColumn: .notFound
        case .unknownFormatName, .sameColumn, .invalidLabelMapping: .usage
        default: .badInput
        }
    }

    /// One line: what, where, expected, found, remedy.
    public var message: String {
        switch self {
        case .file(let error): error.message
        case .emptyFile(let path): "\(path) is empty: expected rows of text; give another file"
        case .noUsableRows(let path, let accounting):
            "\(path): none of the \(accounting.read) rows can be used (\(accounting.droppedSummary)); "
                + "check the columns, the separator and the file"
        case .unknownFormat(let path, let known):
            "\(path): neither its name nor its content says which format it is; "
                + "expected one of \(known.joined(separator: ", ")): give --format, or rename the file"
        case .unknownFormatName(let name, let known):
            "unknown data format \"\(name)\"; known: \(known.joined(separator: ", "))"
        case .notPlainText(let path, let looksLike):
            "\(path) is not plain text: it looks like \(looksLike); save it as CSV in UTF-8"
        case .jsonArray(let path):
            "\(path) holds one JSON array; expected one JSON object a line: `jq -c '.[]'` turns one into the other"
        case .bareCarriageReturns(let path):
            "\(path): lines end in a carriage return alone; expected a line feed: `tr '\\r' '\\n'` turns one into the other"
        case .notUTF8(let path, let row, let line, let mayBe):
            "\(path), row \(row) (line \(line)): the bytes are not UTF-8; they may be "
                + mayBe.map(\.title).joined(separator: " or ")
                + ": give --encoding \(mayBe.first?.rawValue ?? "latin1"), or convert the file with iconv"
        case .rowTooLong(let path, let line, let limit):
            "\(path), line \(line): the row is longer than \(limit) bytes; "
                + "split the text, or check for a quote that is never closed"
        case .unterminatedQuote(let path, let line):
            "\(path), line \(line): a quote is opened in this row and never closed; "
                + "close it, write it twice inside a quoted field, or give --no-quoting"
        case .tooManyFields(let path, let row, let line, let expected, let found):
            "\(path), row \(row) (line \(line)): \(found) fields where the other rows have \(expected); quote a field "
                + "that holds the separator, or give --drop-malformed to go on without such rows"
        case .missingColumn(let path, let name, let candidates):
            "\(path) has no column \"\(name)\"; it has: \(candidates.joined(separator: ", "))"
        case .repeatedColumn(let path, let name):
            "\(path) has more than one column \"\(name)\"; give its position (1 is the first)"
        case .sameColumn(let path, let name):
            "\(path): --text-column and --label-column both name \"\(name)\"; give two columns"
        case .noColumn(let path, let purpose, let candidates):
            "\(path): no column looks like the \(purpose.rawValue); "
                + "name it with \(purpose.flag); it has: \(candidates.joined(separator: ", "))"
        case .ambiguousColumn(let path, let purpose, let candidates):
            "\(path): several columns may be the \(purpose.rawValue): \(candidates.joined(separator: ", ")); "
                + "name one with \(purpose.flag)"
        case .singleClass(let label, let rows):
            "all \(rows) rows have the label \"\(label)\"; training needs at least two classes"
        case .tooManyLabels(let labels, let rows):
            "\(labels) different labels in \(rows) rows: that is no classification; name the label with --label-column"
        case .ambiguousLabels(let found, let readings, let example):
            readings.count > 1
                ? "the labels \(Self.list(found)) can be read in more than one way "
                    + "(\(readings.joined(separator: "; "))): say which with \(example)"
                : "the labels \(Self.list(found)) are no whole set and may be a part of one "
                    + "(\(readings.joined(separator: "; "))): say what they mean with \(example)"
        case .foreignLabels(let found, let known, let example):
            "the labels \(Self.list(found)) are none of the task's (\(known.joined(separator: "; "))): "
                + "say what they mean with \(example)"
        case .labels(let path, let error): "\(path): \(error.message)"
        case .invalidLabelMapping(let text, let problem):
            "--labels \"\(text)\": \(problem); expected LABEL=VALUE,LABEL=VALUE as in negative=1,positive=2"
        case .unknownLabel(let path, let row, let line, let label, let known):
            "\(path), row \(row) (line \(line)): the label \"\(label)\" was never seen in training; "
                + "known: \(Self.list(known)); say what it means with --labels '\(known.first ?? "LABEL")=\(label),…', "
                + "or leave such rows out"
        }
    }

    /// At most twelve of `names`, and how many more there are.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(12).joined(separator: ", ")
        return names.count > 12 ? "\(shown) and \(names.count - 12) more" : shown
    }
}
