import Testing
import ZooBase

@testable import ZooText

@Suite struct TruncationTests {
    private let a = "a a a a a a", b = "b b b b"

    @Test func aSingleTextLosesItsEnd() throws {
        let encoding = try Fixtures.small().encode(a, maximumLength: 4)
        #expect(encoding.ids == [2, 5, 5, 3])
        #expect(encoding.truncatedTokenCount == 4)
        #expect(encoding.offsets == [0..<0, 0..<1, 2..<3, 0..<0])
    }

    @Test func nothingIsCutWithoutALimit() throws {
        let encoding = try Fixtures.small().encode(a, pair: b)
        #expect(encoding.ids.count == 13)
        #expect(encoding.truncatedTokenCount == 0)
    }

    @Test(arguments: [
        (6, 4, 9, 5, 4), (6, 4, 8, 4, 4), (6, 4, 7, 4, 3), (4, 6, 7, 3, 4), (6, 4, 6, 3, 3), (1, 9, 5, 1, 4),
        (9, 1, 5, 4, 1), (5, 5, 5, 2, 3), (3, 3, 0, 0, 0), (0, 9, 5, 0, 5), (2, 2, 1, 0, 1), (2, 2, 9, 2, 2),
    ])
    func theLongerTextGivesWay(first: Int, second: Int, room: Int, keptFirst: Int, keptSecond: Int) {
        let kept = Truncation.longestFirst(first, second, room: room)
        #expect(kept == (keptFirst, keptSecond))
    }

    @Test func theLeftSideCanBeCut() throws {
        var tokenizer = try Fixtures.small()
        tokenizer.truncation = Truncation(maximumLength: 5, side: .left)
        #expect(tokenizer.encode("a b a ab b").ids == [2, 5, 8, 6, 3])
        #expect(
            tokenizer.encodeIDs("a b a ab b", maximumLength: 3)
                == EncodedIDs(
                    ids: [2, 6, 3], typeIDs: [0, 0, 0], truncatedTokenCount: 4))
    }

    @Test func specialTokensAlwaysStay() throws {
        let encoding = try Fixtures.small().encode(a, pair: b, maximumLength: 1)
        #expect(encoding.ids == [2, 3, 3])
        #expect(encoding.truncatedTokenCount == 10)
    }

    @Test func theFileSetsTheLimit() throws {
        let rule: JSON = ["max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"]
        let tokenizer = try Fixtures.small(replacing: ["truncation": rule])
        #expect(tokenizer.truncation == Truncation(maximumLength: 4))
        #expect(tokenizer.encode(a).ids.count == 4)
        #expect(tokenizer.encode(a, maximumLength: 5).ids.count == 5)
        #expect(tokenizer.encode(a, addsSpecialTokens: false).ids == [5, 5, 5, 5])
    }
}
