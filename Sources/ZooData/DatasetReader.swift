/// One format of rows.
///
/// A reader holds only where it is; the bytes are lent to it call by call.
protocol DatasetReader: Sendable {
    /// The name people give.
    static var name: String { get }
    /// The file suffixes that mean this format, with their dot.
    static var suffixes: [String] { get }
    /// Whether the beginning of a file looks like this format.
    static func recognizes(_ prefix: [UInt8]) -> Bool

    /// Begins at the start of `file`, which may have a byte order mark.
    init(_ options: DatasetOptions, path: String, file: UnsafeRawBufferPointer) throws(DataError)

    /// The columns, when the format names them in every row; nil when the first row may be a header.
    var columnNames: [String]? { get }
    /// How the fields are written, for people: `comma-separated, quoted`.
    var layout: String { get }
    /// Where the next row begins, in bytes.
    var offset: Int { get }

    /// Reads the next row; false at the end.
    mutating func next(in file: UnsafeRawBufferPointer, into record: inout Record) throws(DataError) -> Bool
}
