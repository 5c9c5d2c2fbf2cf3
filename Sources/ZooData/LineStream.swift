import ZooBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Plain text, one row a line, from an open file: a pipe, a terminal, standard input.
///
/// Empty lines are rows too, so that answers can be laid beside the lines.
public struct LineStream: RowStream {
    /// Where the rows went so far.
    public private(set) var accounting = RowAccounting()

    private let descriptor: Int32
    private let name: String
    private let encoding: TextEncoding
    private let maximumRowBytes: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var line = 0
    private var hasEnded = false

    /// Reads from `descriptor`, which stays the caller's to close; `name` stands for it in messages.
    public init(
        descriptor: Int32, name: String = "standard input", encoding: TextEncoding = .utf8,
        maximumRowBytes: Int = 1 << 20
    ) {
        self.descriptor = descriptor
        self.name = name
        self.encoding = encoding
        self.maximumRowBytes = maximumRowBytes
    }

    /// The next line as a row without a label; nil at the end.
    ///
    /// - Throws: `DataError`: a failure to read, bytes that are not UTF-8, a line too long.
    public mutating func next() throws(DataError) -> DataRow? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return try row(start..<end)
            }
            searched = buffer.count
            guard buffer.count - start <= maximumRowBytes else {
                throw .rowTooLong(path: name, line: line + 1, limit: maximumRowBytes)
            }
            if hasEnded {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                return try row(start..<buffer.count)
            }
            searched -= start
            try fill()
        }
    }

    private mutating func row(_ range: Range<Int>) throws(DataError) -> DataRow {
        line += 1
        accounting.read += 1
        var range = range
        let hasMark = line == 1 && buffer[range].starts(with: [0xEF, 0xBB, 0xBF])
        if hasMark { range = range.lowerBound + 3..<range.upperBound }
        if buffer[range].last == 0x0D { range = range.lowerBound..<range.upperBound - 1 }
        let bytes = Array(buffer[range])
        guard let text = unsafe bytes.withUnsafeBytes({ unsafe encoding.decode($0) }) else {
            let mayBe = unsafe bytes.withUnsafeBytes { unsafe TextEncoding.guess($0) }
            throw .notUTF8(path: name, row: line, line: line, mayBe: mayBe)
        }
        accounting.used += 1
        return DataRow(text: text, label: nil, number: line, line: line)
    }

    /// Moves what is left to the front and reads more behind it.
    private mutating func fill() throws(DataError) {
        buffer.removeSubrange(..<start)
        start = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .file(FileError("read", name))
            }
            hasEnded = count == 0
            buffer.append(contentsOf: chunk[..<count])
            return
        }
    }
}
