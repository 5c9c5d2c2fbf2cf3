public import ZooBase

/// Something that happened on the way to a fine-tuned version.
public enum FinetuneEvent: Sendable, JSONRepresentable {
    /// Something the user should know.
    case notice(String)
    /// What is in the data: lines for people, and the report.
    case data(lines: [String], report: JSON)
    /// What will be done: lines for people, and the plan.
    case plan(lines: [String], plan: JSON)
    /// Training begins, or goes on at `step` when it was interrupted.
    case started(run: String, step: Int, stepCount: Int)
    /// A step is done.
    case step(StepProgress)
    /// An epoch is done and the validation rows were judged.
    case epoch(EpochSummary)

    /// `{event: …}` with the case's own fields.
    public var json: JSON {
        switch self {
        case .notice(let text): ["event": "notice", "text": .string(text)]
        case .data(_, let report): ["event": "data", "report": report]
        case .plan(_, let plan): ["event": "plan", "plan": plan]
        case .started(let run, let step, let stepCount):
            ["event": "started", "run": .string(run), "step": .integer(step), "steps": .integer(stepCount)]
        case .step(let step): step.json
        case .epoch(let epoch): .object([JSONMember("event", "epoch")] + (epoch.json.members ?? []))
        }
    }
}

/// Where training is.
public struct StepProgress: Sendable, JSONRepresentable {
    /// Steps done, from the first epoch on.
    public let step: Int
    /// Steps in all.
    public let stepCount: Int
    /// The epoch, from 1.
    public let epoch: Int
    /// Mean loss of this step's rows.
    public let loss: Double
    /// The learning rate of this step.
    public let learningRate: Double
    /// Rows of training steps per second inside the steps, so far.
    public let samplesPerSecond: Double
    /// Estimated seconds left.
    public let secondsLeft: Double

    /// All fields, camelCase, with `event`.
    public var json: JSON {
        [
            "event": "step", "step": .integer(step), "steps": .integer(stepCount), "epoch": .integer(epoch),
            "loss": .number(loss), "lr": .number(learningRate), "samplesPerSecond": .number(samplesPerSecond),
            "secondsLeft": .number(secondsLeft),
        ]
    }
}

/// How an epoch went.
public struct EpochSummary: Sendable, JSONRepresentable {
    /// The epoch, from 1.
    public let epoch: Int
    /// Mean training loss over the epoch.
    public let trainingLoss: Double
    /// The metric that decides, such as `accuracy`.
    public let metric: String
    /// Its value on the validation rows.
    public let value: Double
    /// Whether it is the best so far.
    public let isBest: Bool

    /// All fields, camelCase.
    public var json: JSON {
        [
            "epoch": .integer(epoch), "trainingLoss": .number(trainingLoss), "metric": .string(metric),
            "value": .number(value), "isBest": .bool(isBest),
        ]
    }
}

/// A fine-tuned version.
public struct FinetuneResult: Sendable, JSONRepresentable {
    /// `reviews@2`; empty for a dry run.
    public let version: String
    /// The manifest's digest; nil for a dry run.
    public let digest: ContentDigest?
    /// The format-independent identity of the trained tensors.
    public let weightsDigest: ContentDigest?
    /// What it was made from.
    public let base: String
    /// What it learnt from besides; nil for none.
    public let teacher: String?
    /// Whether nothing was computed because this derivation exists already.
    public let alreadyExisted: Bool
    /// Whether only the plan was asked for.
    public let isDryRun: Bool
    /// Each epoch.
    public let epochs: [EpochSummary]
    /// The epoch whose weights were kept, from 1.
    public let bestEpoch: Int?
    /// Metrics of the kept weights on the validation rows.
    public let metrics: [MetricValue]
    /// Rows of training steps per second inside the steps.
    public let samplesPerSecond: Double?
    /// Optimizer steps done in this process.
    public let stepsRun: Int
    /// Seconds the command took.
    public let seconds: Double
    /// Bytes the registry did not hold before.
    public let newByteCount: Int
    /// What it was called already, when nothing but the name is new.
    public let sameAs: String?

    /// All fields, camelCase, with `event`; a dry run has no version.
    public var json: JSON {
        .object([
            "event": "result", "version": isDryRun ? nil : .string(version), "sameAs": sameAs.map { .string($0) },
            "digest": digest.map { .string($0.description) },
            "weightsDigest": weightsDigest.map { .string($0.description) }, "base": .string(base),
            "teacher": teacher.map { .string($0) }, "alreadyExisted": .bool(alreadyExisted), "dryRun": .bool(isDryRun),
            "epochs": .array(epochs.map(\.json)), "bestEpoch": bestEpoch.map { .integer($0) },
            "metrics": .metrics(metrics), "samplesPerSecond": samplesPerSecond.map { .number($0) },
            "stepsRun": .integer(stepsRun), "seconds": .number(seconds), "newBytes": .integer(newByteCount),
        ])
    }
}

/// A metric with its 95 % interval where one was computed.
public struct MetricValue: Sendable, JSONRepresentable {
    /// As in `accuracy`, `macroF1`, ….
    public let name: String
    /// The value.
    public let value: Double
    /// The interval's ends.
    public let interval: ClosedRange<Double>?

    /// As in `{value, low, high}`.
    public var json: JSON {
        .object([
            "value": .number(value), "low": interval.map { .number($0.lowerBound) },
            "high": interval.map { .number($0.upperBound) },
        ])
    }
}

extension JSON {
    /// An object with one member a metric.
    static func metrics(_ metrics: [MetricValue]) -> JSON {
        .object(metrics.map { JSONMember($0.name, $0.json) })
    }
}
