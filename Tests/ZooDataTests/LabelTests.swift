import Testing
import ZooBase

@testable import ZooData

@Suite struct LabelTests {
    static let two = LabelSet(
        name: "two classes", labels: ["negative", "positive"],
        spelledAs: [["0", "1"], ["-1", "1"], ["neg", "pos"], ["n", "p"], ["bad", "good"]])
    static let three = LabelSet(
        name: "three classes", labels: ["negative", "neutral", "positive"],
        aliases: [
            .init([.init("0", label: 0), .init("1", label: 1), .init("2", label: 2)]),
            .init([.init("neg", label: 0), .init("neu", label: 1), .init("pos", label: 2)]),
            .init((1...5).map { .init("\($0)", label: $0 < 3 ? 0 : $0 == 3 ? 1 : 2) }),
        ])
    static let sets = [two, three]

    private func decide(_ found: [String], asked: String? = nil, sets: [LabelSet] = LabelTests.sets) throws(DataError)
        -> LabelMapping
    {
        try LabelMapping.decide(found: found.map { ($0, 10) }, sets: sets, asked: asked)
    }

    @Test(arguments: [
        (["0", "1"], [0, 1], 2), (["1", "0"], [1, 0], 2), (["0.0", "1.0"], [0, 1], 2), (["-1", "1"], [0, 1], 2),
        (["NEG", "Pos"], [0, 1], 2), (["0", "1", "2"], [0, 1, 2], 3), (["neg", "neu", "pos"], [0, 1, 2], 3),
        (["1", "2", "3", "4", "5"], [0, 0, 1, 2, 2], 3), (["Positive", "Negative"], [1, 0], 2),
        (["neutral", "positive", "negative"], [1, 2, 0], 3), (["neutral", "positive"], [1, 2], 3),
        (["good", "bad"], [1, 0], 2), (["p", "n"], [1, 0], 2),
    ])
    func wholeSetsAreRecognised(found: [String], numbers: [Int], classes: Int) throws {
        let mapping = try decide(found)
        #expect(found.map(mapping.number) == numbers)
        #expect(mapping.labels.count == classes)
        #expect(mapping.reason.contains("classes"))
    }

    @Test(arguments: [["1", "2"], ["0", "2"], ["1", "2", "3"], ["1", "2", "4", "5"]])
    func numbersThatMayMeanSeveralThingsAreRefused(found: [String]) throws {
        let error = #expect(throws: DataError.self) { try decide(found) }
        guard case .ambiguousLabels? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.message.contains("--labels '") == true)
    }

    @Test(arguments: [["happy", "sad"], ["0", "positive"], ["0", "1", "9"]])
    func foreignLabelsAreRefused(found: [String]) throws {
        let error = #expect(throws: DataError.self) { try decide(found) }
        guard case .foreignLabels? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func theFlagDecides() throws {
        let mapping = try decide(["2", "1"], asked: "positive=2, negative=1")
        #expect(mapping.labels == ["negative", "positive"])
        #expect(mapping.number(of: "2") == 1)
        #expect(mapping.reason == "as asked")
        let own = try decide(["s", "h", "j"], asked: "sad=s,happy=h,happy=j", sets: [])
        #expect(own.labels == ["sad", "happy"])
        #expect(["s", "h", "j"].map(own.number) == [0, 1, 1])
        for (text, found) in [("negative=1,positive", ["1"]), ("a=1,b=1", ["1"]), ("", ["1"]), ("=1", ["1"])] {
            let error = #expect(throws: DataError.self) { try decide(found, asked: text) }
            #expect(error?.kind == .usage)
        }
        let foreign = #expect(throws: DataError.self) { try decide(["1", "2", "3"], asked: "negative=1,positive=2") }
        guard case .foreignLabels(["3"], _, _)? = foreign else {
            Issue.record("\(String(describing: foreign))")
            return
        }
    }

    @Test(arguments: [
        (["neg", "pos", "mixed"], "negative=neg,neutral=mixed,positive=pos"),
        (["1", "2", "3"], "negative=1,neutral=2,positive=3"), (["0", "2"], "negative=0,positive=2"),
        (["0", "positive"], "negative=0,positive=positive"), (["1", "2", "3", "4"], "negative=…,positive=…"),
        (["happy", "sad"], "negative=…,positive=…"),
    ])
    func theFlagProposedTurnsNothingRound(found: [String], flag: String) {
        let error = #expect(throws: DataError.self) { try decide(found) }
        #expect(error?.message.contains("--labels '\(flag)'") == true, "\(error?.message ?? "")")
    }

    @Test func severalReadingsAreAllNamed() throws {
        for found in [["1", "2", "3"], ["0", "2"]] {
            guard
                case .ambiguousLabels(_, let readings, _)? = #expect(
                    throws: DataError.self, performing: { try decide(found) })
            else { return }
            #expect(readings.count > 1)
        }
        let one = #expect(throws: DataError.self) { try decide(["1", "2", "4", "5"]) }
        #expect(one?.message.contains("more than one way") == false)
    }

    @Test func aFlagIsCheckedBeforeTheData() throws {
        for sets in [Self.sets, [Self.two]] {
            let error = #expect(throws: DataError.self) { try decide(["1", "2"], asked: "1=positive", sets: sets) }
            #expect(error?.kind == .usage)
            #expect(error?.message.contains("the labels are negative, positive") == true)
        }
        let part = try LabelMapping(asked: "positive=up,negative=down", among: ["negative", "neutral", "positive"])
        #expect(part.number(of: "down") == 0 && part.number(of: "up") == 2)
        let error = #expect(throws: DataError.self) { try LabelMapping(asked: "up=positive", among: ["negative"]) }
        #expect(error?.kind == .usage)
    }

    @Test func oneClassIsRefused() throws {
        for sets in [Self.sets, []] {
            let error = #expect(throws: DataError.self) { try decide(["1"], sets: sets) }
            #expect(error == .singleClass(label: "1", rows: 10))
        }
    }

    @Test func plainClassesAreSorted() throws {
        #expect(try decide(["b", "a", "C"], sets: []).labels == ["C", "a", "b"])
        #expect(try decide(["10", "9", "2"], sets: []).labels == ["2", "9", "10"])
        let many = (0..<30).map { (label: "\($0)", rows: 1) }
        let error = #expect(throws: DataError.self) { try LabelMapping.decide(found: many, sets: []) }
        #expect(error == .tooManyLabels(labels: 30, rows: 30))
    }

    @Test func unseenLabelIsNamed() throws {
        let data = try dataset("text,label\na,pos\nb,neg\n\nc,meh\n")
        let error = #expect(throws: DataError.self) { try decide(["pos", "neg"]).numbers(of: data) }
        guard case .unknownLabel(_, 3, 5, "meh", ["negative", "positive"])? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let known = try decide(["pos", "neg"]).numbers(of: try dataset("text,label\na,pos\nb,Negative\n"))
        #expect(known == [1, 0])
    }

    @Test func mappingIsReported() throws {
        let mapping = try decide(["1", "0"])
        #expect(mapping.description == "0 → negative, 1 → positive")
        #expect(mapping.json["labels"] == ["negative", "positive"])
        #expect(mapping.json["spellings"]?[1] == ["spelling": "1", "label": "positive"])
    }
}
