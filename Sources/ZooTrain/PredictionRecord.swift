public import ZooBase

/// What a model said about one row: enough to compute every metric again, without the text.
public struct PredictionRecord: Sendable, Hashable, JSONRepresentable {
    /// The digest of the row.
    public let row: ContentDigest
    /// The true class, or the true number of a regression; nil when the row had none.
    public let target: Target?
    /// What the model put out: one number a class, or the estimate.
    public let logits: [Float]

    /// Gathers the three.
    public init(row: ContentDigest, target: Target?, logits: [Float]) {
        self.row = row
        self.target = target
        self.logits = logits
    }

    /// The probability of each class.
    public var probabilities: [Double] { Softmax.probabilities(logits) }
    /// The most probable class, the first of equals.
    public var predicted: Int { logits.indices.dropFirst().reduce(0) { logits[$1] > logits[$0] ? $1 : $0 } }

    /// `{row, label or value, logits}`; logits with the fewest digits that give the same 32 bits.
    public var json: JSON {
        .object([
            "row": .string(row.hex), "label": target?.label.map { .integer($0) },
            "value": target?.value.map { .number($0) },
            "logits": .array(logits.map { .number(Double($0.description) ?? Double($0)) }),
        ])
    }

    /// Reads what `json` gives; nil for anything else.
    public init?(_ json: JSON) {
        guard let row = json["row"]?.string.flatMap({ ContentDigest(hex: $0) }),
            let logits = json["logits"]?.array?.map(\.number), !logits.contains(nil)
        else { return nil }
        self.row = row
        self.logits = logits.map { Float($0 ?? 0) }
        target = json["label"]?.integer.map { .label($0) } ?? json["value"]?.number.map { .value($0) }
    }

    /// One line of JSON a record.
    public static func lines(_ records: [PredictionRecord]) -> [UInt8] {
        Array(records.map { $0.json.text(.compact) + "\n" }.joined().utf8)
    }

    /// Reads what `lines` gives.
    ///
    /// - Throws: `TrainError.invalidPrediction` with the line's number, from 1.
    public static func read(_ lines: [UInt8]) throws(TrainError) -> [PredictionRecord] {
        var records: [PredictionRecord] = []
        for (index, line) in lines.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let json = try? JSONParser.parse(Array(line)), let record = PredictionRecord(json) else {
                throw .invalidPrediction(line: index + 1)
            }
            records.append(record)
        }
        return records
    }

    /// The records as judged rows of a classification: those that have a true class.
    public static func classified(_ records: [PredictionRecord], labels: [String]) -> ClassifiedRows {
        let judged = records.filter { $0.target?.label != nil && $0.logits.count == labels.count }
        return ClassifiedRows(
            labels: labels, truth: judged.compactMap { $0.target?.label },
            probabilities: judged.flatMap(\.probabilities))
    }
}

/// What a row should give.
public enum Target: Sendable, Hashable {
    /// The index of a class.
    case label(Int)
    /// A number.
    case value(Double)

    /// The class, if it is one.
    public var label: Int? { if case .label(let index) = self { index } else { nil } }
    /// The number, if it is one.
    public var value: Double? { if case .value(let number) = self { number } else { nil } }

    /// For digests of runs: spelled out, since to interpolate the value itself asks the runtime for its cases each time.
    var text: String {
        switch self {
        case .label(let index): "label(\(index))"
        case .value(let number): "value(\(number))"
        }
    }
}
