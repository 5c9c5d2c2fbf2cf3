/// Something that happened while training.
public enum TrainingEvent: Sendable, Hashable {
    /// Training begins, or goes on after `step` steps.
    case started(step: Int, stepCount: Int)
    /// A step is done.
    case step(StepReport)
    /// An epoch is done and the validation rows were judged.
    case epoch(EpochReport)
    /// The state was saved after `step` steps.
    case saved(step: Int)
    /// Nothing improved for so many evaluations: training ends early.
    case stoppedEarly(epoch: Int)
}

/// How a step went.
public struct StepReport: Sendable, Hashable {
    /// Steps done, this one included.
    public let step: Int
    /// Steps in all.
    public let stepCount: Int
    /// The epoch, from 1.
    public let epoch: Int
    /// Mean loss of the step's rows, before the step.
    public let loss: Double
    /// Learning rate of the step.
    public let learningRate: Double
    /// Norm of the gradients before clipping.
    public let gradientNorm: Double
    /// Rows of training steps ÷ seconds inside the steps, in this process so far.
    public let samplesPerSecond: Double
    /// Estimated seconds until the last step, without evaluations.
    public let secondsLeft: Double
}

/// How an epoch went.
public struct EpochReport: Sendable, Hashable {
    /// The epoch, from 1.
    public let epoch: Int
    /// Mean training loss over the epoch's rows.
    public let trainingLoss: Double
    /// The metric that chooses the best epoch.
    public let metric: String
    /// Its value on the validation rows; nil when it is not defined there.
    public let value: Double?
    /// Whether it is the best so far.
    public let isBest: Bool
}

/// How a run of the trainer ended.
public enum TrainingOutcome: Sendable, Hashable {
    /// The model has the weights of the best epoch.
    case finished(TrainingResult)
    /// Stopped on request after `step` steps; the state was saved.
    case interrupted(step: Int)
}

/// What training came to.
public struct TrainingResult: Sendable, Hashable {
    /// Each epoch.
    public let epochs: [EpochReport]
    /// The epoch whose weights the model has, from 1.
    public let bestEpoch: Int
    /// The metrics of these weights on the validation rows.
    public let metrics: [MeasuredMetric]
    /// Logits of the validation rows, in their order, with these weights.
    public let validationLogits: [[Float]]
    /// Rows of training steps ÷ seconds inside the steps, in this process; nil when it took none.
    public let samplesPerSecond: Double?
    /// Steps taken in this process.
    public let stepsRun: Int
    /// Steps taken in all.
    public let stepCount: Int
}
