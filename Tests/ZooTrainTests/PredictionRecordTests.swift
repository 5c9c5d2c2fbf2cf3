import Testing
import ZooBase
import ZooTrain

@Suite struct PredictionRecordTests {
    private let records = [
        PredictionRecord(row: ContentDigest(of: "a"), target: .label(1), logits: [-1.1, 0.3, 2.0]),
        PredictionRecord(row: ContentDigest(of: "b"), target: nil, logits: [0.1, 0.1, 1e-20]),
        PredictionRecord(
            row: ContentDigest(of: "c"), target: .label(0), logits: [.greatestFiniteMagnitude, 1, 3.1415927]),
    ]

    @Test func theyComeBackBitForBit() throws {
        let lines = PredictionRecord.lines(records)
        #expect(lines.count { $0 == UInt8(ascii: "\n") } == 3)
        #expect(try PredictionRecord.read(lines) == records)
        #expect(String(decoding: lines, as: UTF8.self).contains("\"logits\":[-1.1,0.3,2.0]"))
        let number = PredictionRecord(row: ContentDigest(of: "d"), target: .value(2.5), logits: [2.25])
        #expect(try PredictionRecord.read(PredictionRecord.lines([number])) == [number])
    }

    @Test func aDamagedLineIsNumbered() {
        let lines = PredictionRecord.lines(records) + Array("{\"row\":1}\n".utf8)
        #expect(throws: TrainError.invalidPrediction(line: 4)) { try PredictionRecord.read(lines) }
    }

    @Test func theFirstOfEqualsIsPredicted() {
        #expect(records[1].predicted == 0)
        #expect(records[0].predicted == 2)
        #expect(abs(records[0].probabilities.reduce(0, +) - 1) < 1e-15)
    }

    @Test func rowsWithALabelAreJudged() {
        let rows = PredictionRecord.classified(records, labels: ["x", "y", "z"])
        #expect(rows.truth == [1, 0])
        #expect(rows.predicted == [2, 0])
    }
}
