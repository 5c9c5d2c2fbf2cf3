import Testing
import ZooBase

@testable import ZooText

@Suite struct DecodeTests {
    @Test func joinsPiecesAndLeavesSpecialTokensOut() throws {
        let tokenizer = try Fixtures.small()
        #expect(tokenizer.decode([2, 8, 7, 5, 3]) == "abb a")
        #expect(tokenizer.decode([2, 8, 7, 5, 3], skipsSpecialTokens: false) == "[CLS] abb a [SEP]")
        #expect(tokenizer.decode([7, 5]) == "##b a")
        #expect(tokenizer.decode([5, 99, -1, 6]) == "a b")
        #expect(tokenizer.decode([]).isEmpty)
    }

    @Test func withoutDecoderTokensAreJoinedBySpaces() throws {
        #expect(try Fixtures.small(replacing: ["decoder": .null]).decode([8, 7]) == "ab ##b")
    }

    @Test(arguments: [
        (["it", "is", ",", "well", "."], "it is, well."), (["do", "n't"], "don't"), (["i", "'m", "'ve"], "i'm've"),
        (["a", "?", "!"], "a?!"), (["a", "'", "b"], "a ' b"), (["he", "##llo"], "hello"), (["##a"], "##a"),
    ])
    func cleansUp(tokens: [String], text: String) {
        #expect(WordPieceDecoder(prefix: "##", cleansUp: true).text(tokens) == text)
    }

    @Test func textsOfKnownWordsComeBack() throws {
        let tokenizer = try Fixtures.compactTokenizer()
        let text = "the film was slow, but i never once looked at the clock."
        #expect(tokenizer.decode(tokenizer.encodeIDs(text).ids) == text)
    }
}
