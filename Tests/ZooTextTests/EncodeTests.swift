import Testing
import ZooBase

@testable import ZooText

@Suite struct EncodeTests {
    @Test func piecesOffsetsAndMask() throws {
        let encoding = try Fixtures.small().encode("AB\u{0}B. é", pair: "ab")
        // The mark of é is stripped, and plain e is not in this vocabulary.
        #expect(encoding.tokens == ["[CLS]", "ab", "##b", "[UNK]", "[UNK]", "[SEP]", "ab", "[SEP]"])
        #expect(encoding.ids == [2, 8, 7, 1, 1, 3, 8, 3])
        #expect(encoding.offsets == [0..<0, 0..<2, 3..<4, 4..<5, 6..<7, 0..<0, 0..<2, 0..<0])
        #expect(encoding.typeIDs == [0, 0, 0, 0, 0, 0, 1, 1])
        #expect(encoding.specialTokensMask == [true, false, false, false, false, true, false, true])
    }

    @Test func aWordThatIsTooLongIsUnknown() throws {
        let tokenizer = try Fixtures.small()
        #expect(tokenizer.encode("abbbb", addsSpecialTokens: false).ids == [8, 7, 7, 7])
        #expect(tokenizer.encode("abbbbb", addsSpecialTokens: false).ids == [1])
    }

    @Test func aWordThatCannotBeCoveredIsUnknownAsAWhole() throws {
        let encoding = try Fixtures.small().encode("abbq ab", addsSpecialTokens: false)
        #expect(encoding.ids == [1, 8])
        #expect(encoding.offsets == [0..<4, 5..<7])
    }

    @Test func specialTokensInTheTextAreNotMasked() throws {
        let encoding = try Fixtures.small().encode("a[MASK]b", addsSpecialTokens: false)
        #expect(encoding.ids == [5, 4, 6])
        #expect(encoding.offsets == [0..<1, 1..<7, 7..<8])
        #expect(encoding.specialTokensMask == [false, false, false])
    }

    @Test(arguments: [
        ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xE2, 0x82, 0x61], "\u{FFFD}a"),
        ([0xE2, 0x28, 0xA1], "\u{FFFD}(\u{FFFD}"),
        ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"), ([0xF0, 0x9F, 0x98], "\u{FFFD}"), ([0xC3, 0xA9], "é"),
        ([0xF0, 0x9F, 0x98, 0x80, 0xF0, 0x9F], "😀\u{FFFD}"),
    ])
    func invalidUTF8IsReplaced(bytes: [UInt8], text: String) throws {
        #expect(UTF8Text.repaired(bytes) == Array(text.utf8))
        let tokenizer = try Fixtures.small()
        #expect(tokenizer.encode(utf8: bytes) == tokenizer.encode(text))
    }

    @Test func replacedBytesCountInOffsets() throws {
        let encoding = try Fixtures.small().encode(utf8: [0x61, 0xFF, 0xFE, 0x20, 0x62], addsSpecialTokens: false)
        #expect(encoding.offsets == [0..<1, 4..<5])
    }

    @Test func marksAreSortedBeforeTheyAreMatchedWithTheirSources() throws {
        // U+1D165 (class 216, kept) and U+0301 (class 230, stripped) change places, so the kept one is matched with
        // the position of the first, as in the `tokenizers` library.
        var text = NormalizedText(Array("a\u{301}\u{1D165}".utf8), 0..<7, position: 0)
        text.decompose(.shared)
        #expect(text.scalars == [0x61, 0x1D165, 0x301])
        #expect(text.starts == [0, 1, 2])
    }

    @Test func hangulSyllablesFallApart() {
        var text = NormalizedText(Array("각가".utf8), 0..<6, position: 0)
        text.decompose(.shared)
        #expect(text.scalars == [0x1100, 0x1161, 0x11A8, 0x1100, 0x1161])
        #expect(text.starts == [0, 0, 0, 1, 1])
    }

    @Test func addedTokensFollowTheirFlags() throws {
        let tokens: JSON = [
            ["id": 20, "content": "<one>", "single_word": true], ["id": 21, "content": "<left>", "lstrip": true],
            ["id": 22, "content": "<right>", "rstrip": true], ["id": 23, "content": "NAÏVE", "normalized": true],
            ["id": 24, "content": "<right>x"],
        ]
        let tokenizer = try Fixtures.small(replacing: ["added_tokens": tokens])
        func encode(_ text: String) -> Encoding { tokenizer.encode(text, addsSpecialTokens: false) }
        #expect(encode("<one> a").ids == [20, 5])
        #expect(!encode("a<one>").ids.contains(20))
        #expect(encode("a \t<left> b").offsets == [0..<1, 1..<9, 10..<11])
        #expect(encode("a <right> \u{A0}b").tokens == ["a", "<right> \u{A0}", "b"])
        #expect(encode("a naïve b").ids == [5, 23, 6])
        #expect(encode("a naïve b").offsets == [0..<1, 2..<7, 8..<9])
        // The longest of those that begin at one place.
        #expect(encode("<right>x").ids == [24])
        #expect(tokenizer.vocabularySize == 25)
        #expect(tokenizer.id(of: "<left>") == 21 && tokenizer.token(23) == "NAÏVE")
        #expect(tokenizer.decode([5, 23, 20]) == "a naive <one>")
    }

    @Test func withoutPreTokenizerATextIsOneWord() throws {
        let tokenizer = try Fixtures.small(replacing: ["pre_tokenizer": .null, "normalizer": .null])
        #expect(tokenizer.encode("ab", addsSpecialTokens: false).ids == [8])
        #expect(tokenizer.encode("a b", addsSpecialTokens: false).ids == [1])
    }
}
