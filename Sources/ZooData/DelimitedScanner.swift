#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Splits a file into rows and fields at a separator.
///
/// With quotes, by RFC 4180: a quoted field may hold the separator and line ends, and a quote written twice is one. A
/// quote inside an unquoted field is a character like any other.
struct DelimitedScanner: Sendable {
    let delimiter: UInt8
    let usesQuotes: Bool
    let path: String
    let maximumRowBytes: Int
    private(set) var offset: Int
    private var line = 1

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(delimiter: UInt8, usesQuotes: Bool, options: DatasetOptions, path: String, start: Int) {
        self.delimiter = delimiter
        self.usesQuotes = usesQuotes
        self.path = path
        maximumRowBytes = options.maximumRowBytes
        offset = start
    }

    mutating func next(in file: UnsafeRawBufferPointer, into record: inout Record) throws(DataError) -> Bool {
        guard offset < file.count else { return false }
        record.begin(line: line)
        let start = offset
        var index = start
        while true {
            if usesQuotes, index < file.count, unsafe file[index] == Self.quote {
                index = try unsafe quotedField(in: file, from: index, into: &record)
            } else {
                index = unsafe plainField(in: file, from: index, into: &record)
            }
            guard index < file.count, unsafe file[index] == delimiter else { break }
            index += 1
        }
        guard index - start <= maximumRowBytes else {
            throw .rowTooLong(path: path, line: record.line, limit: maximumRowBytes)
        }
        if record.fields.count == 1, record.problem == nil { record.isBlank = unsafe isBlank(file, start..<index) }
        offset = min(index + 1, file.count)
        line += 1
        return true
    }

    /// Reads up to the separator or the line's end; returns where that is.
    private func plainField(in file: UnsafeRawBufferPointer, from start: Int, into record: inout Record) -> Int {
        let index = unsafe endOfPlain(in: file, from: start)
        var end = index
        let endsLine = unsafe index == file.count || file[index] == Self.lineFeed
        if endsLine, end > start, unsafe file[end - 1] == Self.carriageReturn { end -= 1 }
        record.fields.append(.init(start: start, end: end, place: .file))
        return index
    }

    private func endOfPlain(in file: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < file.count {
            let byte = unsafe file[index]
            if byte == delimiter || byte == Self.lineFeed { break }
            index += 1
        }
        return index
    }

    private mutating func quotedField(
        in file: UnsafeRawBufferPointer, from opening: Int, into record: inout Record
    ) throws(DataError) -> Int {
        let firstScratch = record.scratch.count
        var start = opening + 1
        var index = start
        while true {
            guard let closing = unsafe find(Self.quote, in: file, from: index) else {
                throw .unterminatedQuote(path: path, line: record.line)
            }
            if closing + 1 < file.count, unsafe file[closing + 1] == Self.quote {
                unsafe record.scratch.append(contentsOf: file[start...closing])
                start = closing + 2
                index = start
                continue
            }
            unsafe countLines(in: UnsafeRawBufferPointer(rebasing: file[opening..<closing]))
            if record.scratch.count > firstScratch {
                unsafe record.scratch.append(contentsOf: file[start..<closing])
                record.fields.append(.init(start: firstScratch, end: record.scratch.count, place: .scratch))
            } else {
                record.fields.append(.init(start: start, end: closing, place: .file))
            }
            let rest = unsafe endOfPlain(in: file, from: closing + 1)
            let isCarriageReturn = unsafe rest == closing + 2 && file[closing + 1] == Self.carriageReturn
            if rest > closing + 1, !isCarriageReturn { record.problem = .textAfterQuote }
            return rest
        }
    }

    private mutating func countLines(in bytes: UnsafeRawBufferPointer) {
        var index = 0
        while let found = unsafe find(Self.lineFeed, in: bytes, from: index) {
            line += 1
            index = found + 1
        }
    }

    private func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = unsafe memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return unsafe UnsafeRawPointer(found) - base
    }

    private func isBlank(_ file: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        unsafe file[range].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == Self.carriageReturn }
    }
}
