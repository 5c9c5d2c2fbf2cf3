import Testing
import ZooText

@Suite struct PropertyTests {
    /// Scalars of every class, and whole words.
    private static let parts: [String] =
        [
            "the", "UNBELIEVABLE", "é", "e\u{301}", "İ", "ß", "ΟΔΥΣΣΕΥΣ", "中", "한국", "\u{1112}", "👨‍👩‍👧",
            "[MASK]", "[SEP]",
            "[", "##", ",", " ", "\t", "\u{A0}", "\u{0}", "\u{200D}", "\u{344}", "\u{F73}", "\u{F71}", "\u{1D165}",
            "\u{302E}", "\u{FFFD}", "\u{10FFFF}", "שָׁלוֹם", "ﬁ", "\u{2028}", "x\u{338}\u{327}",
        ]

    @Test func offsetsAreInsideTheTextAndInOrder() throws {
        let tokenizer = try Fixtures.compactTokenizer()
        var generator = SplitMix(state: 11)
        for _ in 0..<3000 {
            let count = Int.random(in: 0..<24, using: &generator)
            var text = ""
            for _ in 0..<count { text += Self.parts.randomElement(using: &generator) ?? "" }
            let encoding = tokenizer.encode(text, addsSpecialTokens: false)
            let scalars = text.unicodeScalars.count
            var end = 0
            for offsets in encoding.offsets {
                #expect(!offsets.isEmpty && offsets.upperBound <= scalars, "\(text.debugDescription)")
                // Pieces of what was one scalar share it.
                #expect(offsets.upperBound >= end, "\(text.debugDescription)")
                end = offsets.upperBound
            }
            #expect(zip(encoding.offsets, encoding.offsets.dropFirst()).allSatisfy { $0.lowerBound <= $1.lowerBound })
            #expect(tokenizer.encodeIDs(text, addsSpecialTokens: false).ids == encoding.ids)
        }
    }

    @Test func aCutTextIsTheStartOfTheWhole() throws {
        let tokenizer = try Fixtures.compactTokenizer()
        let text = "It was, all in all, a naïve and unbelievably slow film about 中文."
        let whole = tokenizer.encode(text)
        for maximum in 2...whole.ids.count {
            let cut = tokenizer.encode(text, maximumLength: maximum)
            #expect(cut.ids.count == maximum)
            #expect(cut.ids.dropLast() == whole.ids.prefix(maximum - 1))
            #expect(cut.truncatedTokenCount == whole.ids.count - maximum)
        }
    }

    @Test func bytesAndStringsGiveTheSame() throws {
        let tokenizer = try Fixtures.compactTokenizer()
        for part in Self.parts {
            let text = "a\(part)b \(part)"
            #expect(tokenizer.encode(text) == tokenizer.encode(utf8: Array(text.utf8)))
        }
    }
}
