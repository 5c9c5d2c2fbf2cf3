import ZooBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One JSON object a line (jsonlines.org).
///
/// The columns are the names seen in the first rows; a number or truth value is taken as it is spelled in JSON.
struct JSONLinesReader: DatasetReader {
    static let name = "jsonl"
    static let suffixes = [".jsonl", ".ndjson"]
    private static let sampledRows = 200

    private(set) var columnNames: [String]? = []
    let layout = "one JSON object a line"
    private(set) var offset: Int
    private let path: String
    private let encoding: TextEncoding
    private let maximumRowBytes: Int
    private var line = 1
    private var row = 0

    static func recognizes(_ prefix: [UInt8]) -> Bool {
        let text = prefix.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        return text.first == UInt8(ascii: "{")
    }

    init(_ options: DatasetOptions, path: String, file: UnsafeRawBufferPointer) throws(DataError) {
        offset = unsafe DataFile.startOfText(file)
        self.path = path
        encoding = options.encoding
        maximumRowBytes = options.maximumRowBytes
        if unsafe file[offset...].first(where: { $0 > 0x20 }) == UInt8(ascii: "[") { throw .jsonArray(path: path) }
        try unsafe findColumns(in: file)
    }

    private mutating func findColumns(in file: UnsafeRawBufferPointer) throws(DataError) {
        let start = offset
        var seen: Set<ExactString> = []
        var names: [String] = []
        for _ in 0..<Self.sampledRows {
            guard let text = try unsafe nextLine(in: file) else { break }
            guard case .object(let members)? = try value(of: text, line: line - 1) else { continue }
            for member in members where seen.insert(ExactString(member.name)).inserted { names.append(member.name) }
        }
        columnNames = names
        offset = start
        line = 1
        row = 0
    }

    mutating func next(in file: UnsafeRawBufferPointer, into record: inout Record) throws(DataError) -> Bool {
        record.begin(line: line)
        guard let bytes = try unsafe nextLine(in: file) else { return false }
        guard bytes.contains(where: { $0 > 0x20 }) else {
            record.isBlank = true
            return true
        }
        row += 1
        guard let value = try value(of: bytes, line: record.line) else {
            record.problem = .invalidJSON
            return true
        }
        guard case .object(let members) = value else {
            record.problem = .notAnObject
            return true
        }
        for name in columnNames ?? [] {
            let member = members.first { $0.name.utf8.elementsEqual(name.utf8) }
            Self.append(member?.value ?? .null, to: &record)
        }
        return true
    }

    private static func append(_ value: JSON, to record: inout Record) {
        let start = record.scratch.count
        var place = Record.Place.scratch
        switch value {
        case .null: place = .missing
        case .array, .object: place = .notText
        case .string(let text): record.scratch.append(contentsOf: text.utf8)
        case .bool, .integer, .number: record.scratch.append(contentsOf: value.text(.compact).utf8)
        }
        record.fields.append(.init(start: start, end: record.scratch.count, place: place))
    }

    /// The bytes of the next line without its end; nil at the end of the file.
    private mutating func nextLine(in file: UnsafeRawBufferPointer) throws(DataError) -> [UInt8]? {
        guard offset < file.count, let base = file.baseAddress else { return nil }
        let found = unsafe memchr(base + offset, 0x0A, file.count - offset)
        let end = unsafe found.map { unsafe UnsafeRawPointer($0) - base } ?? file.count
        guard end - offset <= maximumRowBytes else { throw .rowTooLong(path: path, line: line, limit: maximumRowBytes) }
        let bytes = unsafe [UInt8](file[offset..<end])
        offset = min(end + 1, file.count)
        line += 1
        return bytes
    }

    /// The value of a line, decoded; nil when it is not JSON.
    private func value(of bytes: [UInt8], line: Int) throws(DataError) -> JSON? {
        var utf8 = bytes
        if encoding != .utf8 {
            utf8 = Array(unsafe bytes.withUnsafeBytes { unsafe encoding.decodeReplacing($0) }.utf8)
        }
        do {
            return try JSONParser.parse(utf8)
        } catch {
            guard error.reason == .invalidUTF8 else { return nil }
            let mayBe = unsafe bytes.withUnsafeBytes { unsafe TextEncoding.guess($0) }
            throw .notUTF8(path: path, row: max(row, 1), line: line, mayBe: mayBe)
        }
    }
}
