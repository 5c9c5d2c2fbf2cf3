public import ZooBase
internal import ZooText

/// How fast texts become ids.
public struct TokenizerBench: Sendable, JSONRepresentable {
    /// Texts encoded in one call.
    public let textCount: Int
    /// The tokens they gave.
    public let tokenCount: Int
    /// Worker threads.
    public let threads: Int
    /// Seconds of each call.
    public let seconds: [Double]

    /// The median of the calls.
    public var median: Double { seconds.sorted()[seconds.count / 2] }

    /// All fields, camelCase.
    public var json: JSON {
        [
            "texts": .integer(textCount), "tokens": .integer(tokenCount), "threads": .integer(threads),
            "seconds": .array(seconds.map { .number($0) }),
            "textsPerSecond": .number(Double(textCount) / median),
            "tokensPerSecond": .number(Double(tokenCount) / median),
        ]
    }
}

extension Registry {
    /// Times whole batches: the texts of `path` (one a line, what follows the last tab left out) repeated until there
    /// are `count`, encoded in one call, `repeats` times.
    public func benchTokenizer(
        _ source: String, texts path: String, count: Int, repeats: Int, threads: Int?
    ) throws -> TokenizerBench {
        let tokenizer = try ModelFiles(source, in: reading, verify: false).tokenizer()
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path) } catch { throw KitError.file(error) }
        let lines = bytes.split(separator: 0x0A).map { line in
            String(decoding: line.lastIndex(of: 0x09).map { line[..<$0] } ?? line, as: UTF8.self)
        }
        guard !lines.isEmpty else { throw KitError.invalidLine(file: path, line: 1, reason: "there is no text") }
        let texts = (0..<count).map { lines[$0 % lines.count] }
        let clock = ContinuousClock()
        let workers = threads ?? Threads.available
        var (seconds, tokens): ([Double], Int) = ([], 0)
        for _ in 0..<repeats {
            let start = clock.now
            let rows = tokenizer.encodeIDsBatch(texts, threads: workers)
            seconds.append((clock.now - start).seconds)
            tokens = rows.reduce(0) { $0 + $1.ids.count }
        }
        return TokenizerBench(textCount: count, tokenCount: tokens, threads: workers, seconds: seconds)
    }
}
