import Testing
import ZooBase
import ZooText

/// What the `tokenizers` library makes of odd strings (Fixtures/generate/tokenizer_golden.py).
@Suite struct GoldenTests {
    private func compare(_ tokenizer: Tokenizer, _ golden: String) throws {
        let lines = try FilePaths.read(golden).split(separator: UInt8(ascii: "\n"))
        var (texts, pairs): ([String], [String]) = ([], [])
        for line in lines {
            let record = try JSONParser.parse(Array(line))
            let text = try #require(record["text"]?.string)
            let pair = record["pair"]?.string
            let maximum = record["maxLength"]?.integer
            let encoding = tokenizer.encode(text, pair: pair, maximumLength: maximum)
            func integers(_ name: String) -> [Int] { record[name]?.array?.compactMap(\.integer) ?? [] }
            let offsets = record["offsets"]?.array?.map { [$0[0]?.integer, $0[1]?.integer] }
            #expect(encoding.ids.map { Int($0) } == integers("ids"), "\(text.debugDescription)")
            #expect(encoding.typeIDs.map { Int($0) } == integers("typeIds"), "\(text.debugDescription)")
            #expect(
                encoding.tokens.map { ExactString($0) }
                    == record["tokens"]?.array?.compactMap(\.string).map { ExactString($0) },
                "\(text.debugDescription)")
            #expect(
                encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == offsets, "\(text.debugDescription)")
            let ids = tokenizer.encodeIDs(text, pair: pair, maximumLength: maximum)
            #expect(ids.ids == encoding.ids && ids.typeIDs == encoding.typeIDs)
            #expect(ids.truncatedTokenCount == encoding.truncatedTokenCount)
            if maximum == nil {
                texts.append(text)
                pairs.append(pair ?? "")
            }
        }
        #expect(texts.count >= 20)
        // The batch gives the same in the same order, whatever the number of threads.
        let one = texts.map { tokenizer.encode($0) }
        #expect(tokenizer.encodeBatch(texts, threads: 3) == one)
        #expect(tokenizer.encodeIDsBatch(texts, threads: 2).map(\.ids) == one.map(\.ids))
        let two = zip(texts, pairs).map { tokenizer.encode($0, pair: $1, maximumLength: 9) }
        #expect(tokenizer.encodeBatch(texts, pairs: pairs, maximumLength: 9, threads: 2) == two)
    }

    @Test func compactBase() throws {
        try compare(Fixtures.compactTokenizer(), FilePaths.join(Fixtures.goldens, "golden.jsonl"))
    }

    @Test func everyOptionTheOtherWay() throws {
        let folder = FilePaths.join(Fixtures.goldens, "options")
        var tokenizer = try Tokenizer.load(files: Fixtures.files(folder, "tokenizer.json"))
        tokenizer.truncation = nil
        try compare(tokenizer, FilePaths.join(folder, "golden.jsonl"))
    }

    @Test func vocabularyFileMakesTheSameTokenizer() throws {
        let tokenizer = try Fixtures.compactTokenizer()
        let plain = try Tokenizer.load(files: Fixtures.files(Fixtures.compact, "vocab.txt", "tokenizer_config.json"))
        #expect(plain.vocabularySize == tokenizer.vocabularySize)
        #expect(plain.specialTokens == tokenizer.specialTokens)
        #expect(plain.modelMaximumLength == 128 && tokenizer.modelMaximumLength == 128)
        for text in ["The slow film, [MASK]!", "Zoë's\u{0}naïve café 中文 \u{1F600} Straße", ""] {
            #expect(plain.encode(text, pair: "x") == tokenizer.encode(text, pair: "x"))
        }
    }
}
