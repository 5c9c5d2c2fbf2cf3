import Testing
import ZooBase

@testable import ZooData

@Suite struct SplitTests {
    private func sample(_ counts: [String: Int], repeats: Int = 1) -> [DataRow] {
        rows(
            counts.keys.sorted().flatMap { label in
                (0..<counts[label]!).flatMap { index in
                    Array(repeating: ("\(label) text \(index)", Optional(label)), count: repeats)
                }
            })
    }

    @Test(arguments: [0.1, 0.25, 0.5], [1, 2, 3] as [UInt64])
    func everyRowIsOnOneSide(fraction: Double, seed: UInt64) {
        let data = sample(["a": 200, "b": 40, "c": 2, "d": 1])
        let split = Split(data, fraction: fraction, seed: seed)
        #expect((split.training + split.validation).sorted() == Array(data.indices))
        for (label, count) in [("a", 200), ("b", 40)] {
            let taken = split.validation.count { data[$0].label == label }
            #expect(taken == Int((Double(count) * fraction).rounded()))
        }
        #expect(split.validation.count { data[$0].label == "c" } == 1)
        #expect(split.training.count { data[$0].label == "d" } == 1)
    }

    @Test func seedDecidesAlone() {
        let data = sample(["a": 100, "b": 100])
        #expect(Split(data, seed: 7) == Split(data, seed: 7))
        #expect(Split(data, seed: 7).validation != Split(data, seed: 8).validation)
        // The order of the file does not matter.
        let turned = Array(data.reversed())
        let texts = Set(Split(data, seed: 7).validation.map { data[$0].text })
        #expect(Set(Split(turned, seed: 7).validation.map { turned[$0].text }) == texts)
        #expect(Split(data, fraction: 0, seed: 7).validation.isEmpty)
    }

    @Test func keysAreThoseOfTheDefinition() {
        // FNV-1a of "" is its offset basis; the key is then one SplitMix64 step from seed + basis.
        #expect(Split.key(of: "", seed: 0 &- 0xCBF2_9CE4_8422_2325) == 0xE220_A839_7B1D_CDAF)
    }

    @Test func repeatedTextsStayTogether() {
        var data = sample(["a": 60, "b": 60], repeats: 3)
        data += rows((0..<20).map { ("a text \($0)", "b") })
        for seed in 0..<20 as Range<UInt64> {
            let split = Split(data, fraction: 0.2, seed: seed)
            let trained = split.training.map { data[$0] }
            #expect(DataReport.leaked(split.validation.map { data[$0] }, from: trained) == 0)
            #expect(!split.validation.isEmpty)
        }
    }

    @Test func everyLabelIsOnBothSidesWhenItCan() {
        for seed in 0..<50 as Range<UInt64> {
            let data = sample(["a": 2, "b": 3, "c": 30], repeats: Int(seed % 3) + 1)
            let split = Split(data, seed: seed)
            for side in [split.training, split.validation] { #expect(Set(side.map { data[$0].label }).count == 3) }
        }
    }

    @Test func reportCountsWhatMatters() throws {
        let data = try dataset(
            "text,label\n" + (0..<50).map { "text number \($0),\($0 % 2)\n" }.joined() + "text number 3,1\n")
        let test = try dataset("text,label\ntext number 3,1\nnever seen,0\n")
        let mapping = LabelMapping(generic: ["0", "1"])
        let report = DataReport(
            training: data, validation: test, labels: mapping, tokenCounts: (1...51).map { $0 }, maximumLength: 49)
        #expect(report.leakedRows == 1)
        #expect(DataReport.leaked(test.rows, from: Set(data.textDigests)) == 1)
        #expect(report.truncation?.rows == 2)
        #expect(report.truncation?.tokens == 3)
        #expect(report.tokens?.median == 26)
        #expect(report.tokens?.p90 == 46)
        #expect(report.tokens?.maximum == 51)
        #expect(report.characters?.minimum == 13)
        #expect(report.balance.map(\.training) == [25, 26])
        #expect(report.balance.map(\.validation) == [1, 1])
        let split = Split(data.rows, seed: 1)
        let divided = DataReport(training: data, split: split, labels: mapping)
        #expect(divided.trainingRows + divided.validationRows == 51)
        #expect(divided.leakedRows == 0)
        #expect(divided.json["rows"]?["duplicates"] == 1)
        #expect(try JSONParser.parse(divided.json.text()) == divided.json)
    }
}
