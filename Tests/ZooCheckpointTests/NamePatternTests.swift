import Testing
import ZooBase

@testable import ZooCheckpoint

@Suite struct NamePatternTests {
    private func match(_ pattern: String, _ name: String, base: String = "") throws -> [String: Int]? {
        try #require(NamePattern(pattern, hasBase: true)).match(Array(name.utf8)[...], base: base)
    }

    @Test func captures() throws {
        #expect(try match("layer.{i}.bias", "layer.11.bias") == ["i": 11])
        #expect(try match("layer.{i}.bias", "layer.01.bias") == nil)
        #expect(try match("layer.{i}.bias", "layer..bias") == nil)
        #expect(try match("layer.{i}.bias", "layer.1.bias2") == nil)
        #expect(try match("layer.{i}.bias", "layer.99999999999999999999.bias") == nil)
        #expect(try match("conv{s+1}_block{b+1}", "conv2_block1") == ["s": 1, "b": 0])
        #expect(try match("conv{s+1}", "conv0") == nil)
        #expect(try match("{i}.{i}", "3.3") == ["i": 3])
        #expect(try match("{i}.{i}", "3.4") == nil)
        #expect(try match("encoder{_i}/vars", "encoder/vars") == ["i": 0])
        #expect(try match("encoder{_i}/vars", "encoder_12/vars") == ["i": 12])
        #expect(try match("encoder{_i}/vars", "encoder_0/vars") == nil)
        #expect(try match("{base}x", "bert.x", base: "bert.") == [:])
        #expect(try match("{base}x", "x", base: "bert.") == nil)
    }

    @Test(arguments: ["a{i}b{_j}c{k-1}{base}d", "{i+2}", "x", "layer{_i}"])
    func namesMatchTheirPattern(_ text: String) throws {
        let pattern = try #require(NamePattern(text, hasBase: true))
        for number in [0, 1, 9, 10, 4711] {
            let numbers = Dictionary(uniqueKeysWithValues: pattern.captures.map { ($0, number + 1) })
            let name = try #require(pattern.name(numbers, base: "q/"))
            #expect(pattern.match(Array(name.utf8)[...], base: "q/") == numbers)
            #expect(pattern.skeletons(base: "q/").contains(NamePattern.skeleton(of: Array(name.utf8)[...])))
        }
    }

    @Test(arguments: ["{", "}", "a{i", "{}", "{I}", "{i+}", "{i+a}", "{i+100}", "{_}", "a}b", "{i j}"])
    func refusesOtherBraces(_ text: String) {
        #expect(NamePattern(text, hasBase: true) == nil)
    }

    @Test func baseOnlyWhereThereIsOne() { #expect(NamePattern("{base}a", hasBase: false) == nil) }

    @Test(arguments: [
        "", "i", "->", "i ->", "i -> j", "i i -> i i", "(i) j -> j i", "((i j) k) -> i j k", "(i j -> i j",
        "i -> i -> i",
        "I -> I", "1 i -> i",
    ])
    func refusesOtherLayouts(_ text: String) { #expect(AxisLayout(text) == nil) }

    @Test func layoutSizes() throws {
        let layout = try #require(AxisLayout("(heads size) i -> i heads size"))
        #expect(layout.text == "(heads size) i -> i heads size")
        let sizes = try layout.sizes([6, 5], known: ["heads": 2])
        #expect(sizes == ["heads": 2, "size": 3, "i": 5] && layout.targetShape(sizes) == [5, 2, 3])
        #expect(throws: AxisLayout.Problem.unknownSize(axis: "heads")) { try layout.sizes([6, 5], known: [:]) }
        #expect(throws: AxisLayout.Problem.indivisible(axis: "heads size")) {
            try layout.sizes([6, 5], known: ["size": 4])
        }
        #expect(throws: AxisLayout.Problem.rank(expected: 2)) { try layout.sizes([6], known: [:]) }
    }
}
