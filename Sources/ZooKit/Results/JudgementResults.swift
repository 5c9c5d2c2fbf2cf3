public import ZooBase

/// How a version does on some data.
public struct EvaluateResult: Sendable, JSONRepresentable {
    /// As in `reviews@2`.
    public let version: String
    /// The data: file name or sample.
    public let data: String
    /// The digest of the data file.
    public let dataDigest: ContentDigest
    /// Rows judged.
    public let rowCount: Int
    /// Rows that were not judged, with the reason.
    public let dropped: [(reason: String, count: Int)]
    /// Rows that were cut to the maximum length.
    public let truncatedRowCount: Int
    /// Rows whose text was in the training data of the version or of one it comes from.
    public let trainingOverlap: Int
    /// Metrics over all rows.
    public let metrics: [MetricValue]
    /// Per label: precision, recall, F1 and the number of rows.
    public let perLabel: [LabelScore]
    /// Rows: the true label; columns: the predicted one.
    public let confusion: [[Int]]
    /// The most confident mistakes.
    public let mistakes: [Mistake]
    /// Whether kept predictions were used instead of a new run.
    public let wasRecorded: Bool
    /// Seconds it took.
    public let seconds: Double

    /// All fields, camelCase.
    public var json: JSON {
        [
            "version": .string(version), "data": .string(data), "dataDigest": .string(dataDigest.description),
            "rows": .integer(rowCount),
            "dropped": .object(dropped.map { JSONMember($0.reason, .integer($0.count)) }),
            "truncatedRows": .integer(truncatedRowCount), "trainingOverlap": .integer(trainingOverlap),
            "metrics": .metrics(metrics), "perLabel": .array(perLabel.map(\.json)),
            "confusion": .array(confusion.map { .array($0.map { .integer($0) }) }),
            "mistakes": .array(mistakes.map(\.json)), "wasRecorded": .bool(wasRecorded), "seconds": .number(seconds),
        ]
    }
}

/// How well one label is found.
public struct LabelScore: Sendable, JSONRepresentable {
    /// The label.
    public let label: String
    /// Of the rows predicted so, the share that are.
    public let precision: Double
    /// Of the rows that are so, the share predicted.
    public let recall: Double
    /// Harmonic mean of the two.
    public let f1: Double
    /// Rows that are so.
    public let support: Int

    /// All fields.
    public var json: JSON {
        [
            "label": .string(label), "precision": .number(precision), "recall": .number(recall), "f1": .number(f1),
            "support": .integer(support),
        ]
    }
}

/// A row that was judged wrongly.
public struct Mistake: Sendable, JSONRepresentable {
    /// Line in the file, from 1.
    public let line: Int
    /// The text.
    public let text: String
    /// The label in the data.
    public let label: String
    /// The label predicted.
    public let predicted: String
    /// The probability given to the wrong label.
    public let probability: Double

    /// All fields.
    public var json: JSON {
        [
            "line": .integer(line), "text": .string(text), "label": .string(label), "predicted": .string(predicted),
            "probability": .number(probability),
        ]
    }
}

/// Whether one version is better than another on some data.
public struct DataComparison: Sendable, JSONRepresentable {
    /// The first version's metrics.
    public let first: [MetricValue]
    /// The second version's metrics.
    public let second: [MetricValue]
    /// Rows judged by both.
    public let rowCount: Int
    /// The metric compared.
    public let metric: String
    /// Second minus first, with its paired 95 % interval.
    public let difference: MetricValue
    /// Two-sided p of McNemar's exact test on the rows that changed.
    public let mcNemarP: Double
    /// Rows that only the second gets right.
    public let fixed: [Mistake]
    /// Rows that only the first gets right.
    public let broken: [Mistake]
    /// Number of rows fixed and broken.
    public let changed: (fixed: Int, broken: Int)
    /// The conclusion in words.
    public let verdict: String

    /// All fields, camelCase.
    public var json: JSON {
        [
            "a": .metrics(first), "b": .metrics(second), "rows": .integer(rowCount), "metric": .string(metric),
            "difference": difference.json, "mcNemarP": .number(mcNemarP), "fixed": .integer(changed.fixed),
            "broken": .integer(changed.broken), "fixedRows": .array(fixed.map(\.json)),
            "brokenRows": .array(broken.map(\.json)), "verdict": .string(verdict),
        ]
    }
}

/// How two versions differ.
public struct CompareResult: Sendable, JSONRepresentable {
    /// The first version.
    public let first: String
    /// The second version.
    public let second: String
    /// On data, when data was given.
    public let onData: DataComparison?
    /// Parameters of the derivations that differ: key, first, second.
    public let parameters: [(name: String, first: String, second: String)]
    /// Metrics recorded as each was made.
    public let recorded: [(name: String, first: Double?, second: Double?)]
    /// Relative change of the weights by group: ‖b − a‖ ÷ ‖a‖.
    public let weights: [WeightChange]
    /// Whether the tensors are the same.
    public let sameWeights: Bool

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "a": .string(first), "b": .string(second), "data": onData?.json,
            "parameters": .object(
                parameters.map { JSONMember($0.name, ["a": .string($0.first), "b": .string($0.second)]) }),
            "recorded": .object(
                recorded.map {
                    JSONMember(
                        $0.name,
                        ["a": $0.first.map { .number($0) } ?? .null, "b": $0.second.map { .number($0) } ?? .null])
                }), "weights": .array(weights.map(\.json)), "sameWeights": .bool(sameWeights),
        ])
    }
}

/// How much a group of tensors changed.
public struct WeightChange: Sendable, JSONRepresentable {
    /// The group: `embeddings`, `layer 0`, …, `head`.
    public let group: String
    /// ‖b − a‖ ÷ ‖a‖ over the group; nil when only one side has it or the shapes differ.
    public let relative: Double?
    /// Number of elements compared.
    public let elementCount: Int

    /// All fields.
    public var json: JSON {
        [
            "group": .string(group), "relative": relative.map { .number($0) } ?? .null,
            "elements": .integer(elementCount),
        ]
    }
}

/// The prediction for one text.
public struct Prediction: Sendable, JSONRepresentable {
    /// The text.
    public let text: String
    /// Line of the source that it begins on, or its number among the texts given, from 1.
    public let line: Int
    /// The label predicted.
    public let label: String
    /// Its probability; for regression the value.
    public let probability: Double
    /// Probabilities in the order of the labels.
    public let probabilities: [(label: String, probability: Double)]
    /// What the model put out.
    public let logits: [Double]
    /// Tokens that were cut off because the text is too long.
    public let truncatedTokenCount: Int

    /// All fields, camelCase.
    public var json: JSON {
        [
            "text": .string(text), "line": .integer(line), "label": .string(label),
            "probability": .number(probability),
            "probabilities": .object(probabilities.map { JSONMember($0.label, .number($0.probability)) }),
            "logits": .array(logits.map { .number($0) }), "truncatedTokens": .integer(truncatedTokenCount),
        ]
    }
}
