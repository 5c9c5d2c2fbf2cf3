import Glibc
internal import ZooBase
internal import ZooText

extension Registry {
    /// A text, or a pair, as the model that `source` names sees it.
    public func tokenize(_ source: String, text: String, pair: String?, maximumLength: Int?) throws -> TokenizeResult {
        let tokenizer = try ModelFiles(source, in: reading, verify: false).tokenizer()
        return TokenizeResult(tokenizer.encode(text, pair: pair, maximumLength: maximumLength))
    }

    /// The texts of a file with one `{"text": …, "pair": …}` a line (`-` is standard input), handed out in order.
    public func tokenize(
        _ source: String, jsonLines path: String, maximumLength: Int?, emit: (TokenizeResult) -> Void
    ) throws {
        let tokenizer = try ModelFiles(source, in: reading, verify: false).tokenizer()
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var lines = ByteLines(descriptor: descriptor, name: path == "-" ? "standard input" : path)
        while let line = try lines.next() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            let value: JSON
            do { value = try JSONParser.parse(line) } catch {
                throw KitError.invalidLine(file: lines.name, line: lines.number, reason: error.message)
            }
            guard let text = value["text"]?.string else {
                throw KitError.invalidLine(
                    file: lines.name, line: lines.number, reason: "expected an object with a string \"text\"")
            }
            emit(
                TokenizeResult(
                    tokenizer.encode(text, pair: value["pair"]?.string, maximumLength: maximumLength)))
        }
    }
}

extension TokenizeResult {
    init(_ encoding: Encoding) {
        ids = encoding.ids.map(Int.init)
        tokens = encoding.tokens
        offsets = encoding.offsets.map { ($0.lowerBound, $0.upperBound) }
        typeIds = encoding.typeIDs.map(Int.init)
        truncatedTokenCount = encoding.truncatedTokenCount
    }
}

/// The lines of a file descriptor as bytes, without their ends.
struct ByteLines {
    let name: String
    /// The line last handed out, from 1.
    private(set) var number = 0
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var hasEnded = false

    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    mutating func next() throws(FileError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                number += 1
                return Array(buffer[start..<end])
            }
            searched = buffer.count - start
            if hasEnded {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                number += 1
                return Array(buffer[start...])
            }
            buffer.removeSubrange(..<start)
            start = 0
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", name)
            }
            hasEnded = count == 0
            buffer += chunk[..<count]
        }
    }
}
