/// Tab-separated values; a quote is a character like any other unless quoting is asked for.
struct TSVReader: DatasetReader {
    static let name = "tsv"
    static let suffixes = [".tsv", ".tab"]

    private var scanner: DelimitedScanner
    let layout: String
    var columnNames: [String]? { nil }
    var offset: Int { scanner.offset }

    static func recognizes(_ prefix: [UInt8]) -> Bool {
        DataFile.isTable(prefix, separator: UInt8(ascii: "\t"), usesQuotes: false)
    }

    init(_ options: DatasetOptions, path: String, file: UnsafeRawBufferPointer) throws(DataError) {
        let usesQuotes = options.usesQuotes ?? false
        scanner = DelimitedScanner(
            delimiter: UInt8(ascii: "\t"), usesQuotes: usesQuotes, options: options, path: path,
            start: unsafe DataFile.startOfText(file))
        layout = "tab-separated, \(usesQuotes ? "quoted" : "not quoted")"
    }

    mutating func next(in file: UnsafeRawBufferPointer, into record: inout Record) throws(DataError) -> Bool {
        try unsafe scanner.next(in: file, into: &record)
    }
}
