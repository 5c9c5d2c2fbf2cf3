/// Comma-separated values (RFC 4180); the separator may also be a semicolon, a tab or a bar, as spreadsheets write.
struct CSVReader: DatasetReader {
    static let name = "csv"
    static let suffixes = [".csv"]
    private static let separators: [(byte: UInt8, name: String)] = [
        (UInt8(ascii: ","), "comma"), (UInt8(ascii: ";"), "semicolon"), (UInt8(ascii: "\t"), "tab"),
        (UInt8(ascii: "|"), "bar"),
    ]

    private var scanner: DelimitedScanner
    let layout: String
    var columnNames: [String]? { nil }
    var offset: Int { scanner.offset }

    static func recognizes(_ prefix: [UInt8]) -> Bool {
        separators.contains { DataFile.isTable(prefix, separator: $0.byte, usesQuotes: true) }
    }

    init(_ options: DatasetOptions, path: String, file: UnsafeRawBufferPointer) throws(DataError) {
        let start = unsafe DataFile.startOfText(file)
        let firstLine = unsafe [UInt8](file[start...].prefix(1 << 16).prefix { $0 != UInt8(ascii: "\n") })
        // Outside quotes only: a single quoted column may hold any of them.
        var isInside = false
        var outside: [UInt8] = []
        for byte in firstLine {
            if byte == UInt8(ascii: "\"") { isInside.toggle() } else if !isInside { outside.append(byte) }
        }
        let separator = Self.separators.first { outside.contains($0.byte) } ?? Self.separators[0]
        let usesQuotes = options.usesQuotes ?? true
        scanner = DelimitedScanner(
            delimiter: separator.byte, usesQuotes: usesQuotes, options: options, path: path, start: start)
        layout = "\(separator.name)-separated, \(usesQuotes ? "quoted" : "not quoted")"
    }

    mutating func next(in file: UnsafeRawBufferPointer, into record: inout Record) throws(DataError) -> Bool {
        try unsafe scanner.next(in: file, into: &record)
    }
}
