/// Why a row cannot be used.
public enum RowProblem: Sendable, Hashable, CustomStringConvertible {
    /// Fewer fields than the other rows have.
    case tooFewFields(expected: Int, found: Int)
    /// More fields than the other rows have.
    case tooManyFields(expected: Int, found: Int)
    /// Something between a closing quote and the separator.
    case textAfterQuote
    /// A line that is not JSON.
    case invalidJSON
    /// A line of JSON that is not an object.
    case notAnObject
    /// A member that is missing or null.
    case missingValue(column: String)
    /// A member that is an array or an object.
    case notText(column: String)

    /// What is wrong, for people.
    public var description: String {
        switch self {
        case .tooFewFields(let expected, let found): "\(found) fields instead of \(expected)"
        case .tooManyFields(let expected, let found): "\(found) fields instead of \(expected)"
        case .textAfterQuote: "text after a closing quote"
        case .invalidJSON: "not JSON"
        case .notAnObject: "not a JSON object"
        case .missingValue(let column): "no \"\(column)\""
        case .notText(let column): "\"\(column)\" is neither text nor a number"
        }
    }
}

/// One row as a reader leaves it: where its fields are.
///
/// Reused from row to row.
struct Record: Sendable {
    /// Where the bytes of a field are.
    enum Place: UInt8, Sendable {
        /// In the file, from `start` to `end`.
        case file
        /// In `scratch`, from `start` to `end`, because the file spells them otherwise.
        case scratch
        /// There is no value.
        case missing
        /// There is a value that is not text.
        case notText
    }
    struct Field: Sendable {
        var start: Int
        var end: Int
        var place: Place
    }

    /// The line it begins on; the first is 1.
    var line = 1
    var fields: [Field] = []
    var scratch: [UInt8] = []
    var problem: RowProblem?
    /// Whether it is an empty line rather than a row.
    var isBlank = false

    mutating func begin(line: Int) {
        self.line = line
        fields.removeAll(keepingCapacity: true)
        scratch.removeAll(keepingCapacity: true)
        problem = nil
        isBlank = false
    }

    /// Lends the bytes of field `index`, nil when it has none; the pointer must not leave `body`.
    func withBytes<Result>(of index: Int, in file: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Result)
        -> Result
    {
        let field = fields[index]
        switch field.place {
        case .file: return unsafe body(UnsafeRawBufferPointer(rebasing: file[field.start..<field.end]))
        case .scratch:
            return unsafe scratch.withUnsafeBytes {
                unsafe body(UnsafeRawBufferPointer(rebasing: $0[field.start..<field.end]))
            }
        case .missing, .notText: return body(nil)
        }
    }
}
