public import ZooBase
public import ZooTensor

/// Everything that decides how a model is fine-tuned, apart from the model, the data and the number of threads.
///
/// Every key has a value, so the recipe that is written into the lineage says all that was done.
public struct Recipe: Sendable, Hashable {
    /// What a layer of options is called that was typed: its mistakes are mistakes of usage.
    public static let commandLine = "the command line"

    /// Passes over the training rows.
    public var epochs = 3
    /// Rows of a pass; with `accumulate` 1, of a step.
    public var batchSize = 32
    /// Batches whose gradients make one step.
    public var accumulate = 1
    /// The highest learning rate.
    public var lr = 5e-5
    /// Decoupled weight decay, on all but biases and norms.
    public var weightDecay = 0.01
    /// Steps over which the rate rises: a share of all steps below 1, otherwise their number.
    public var warmup = 0.1
    /// How the rate falls afterwards.
    public var schedule = Schedule.Shape.linear
    /// Dropout probability; nil for the model's own.
    public var dropout: Double?
    /// Tokens a text is cut to.
    public var maxLength = 128
    /// Decides the order of the rows, dropout, the new head and the split.
    public var seed = 42
    /// Which part keeps its weights.
    public var freeze = FreezeDepth.none
    /// Learning rate of the head; nil for `lr`.
    public var headLr: Double?
    /// How much each class counts.
    public var classWeights = ClassWeighting.none
    /// The share of the target that is spread over all classes.
    public var labelSmoothing = 0.0
    /// Evaluations without improvement after which training stops; nil for never.
    public var earlyStopping: Int?
    /// The metric that chooses the best epoch; nil for the task's.
    public var metric: String?
    /// The norm that the gradients of a step are clipped to; nil for none.
    public var clip: Double? = 1.0
    /// Number format of the products.
    public var precision = Precision.f32
    /// Number format in which trained tensors are saved.
    public var saveDtype = DType.f32

    /// What the logits of a teacher and its pupil are divided by before they are compared.
    public var temperature = 2.0
    /// The share of the loss that is due to the teacher's soft labels; the rest is due to the rows' own.
    public var distillationWeight = 0.5
    /// How much the distance of the hidden states from the teacher's counts; nil for 1 where their shapes fit.
    public var hiddenWeight: Double?

    /// The defaults.
    public init() {}

    /// The first of `layers` over the defaults, each further one over what was before: a task's recipe, a recipe file,
    /// the command line.
    ///
    /// Keys are written `batchSize` or `batch-size`.
    ///
    /// - Throws: `TrainError` that names the source and the key.
    public init(layers: [(source: String, options: JSON)]) throws(TrainError) {
        for layer in layers {
            guard let members = layer.options.members else { throw .notARecipe(source: layer.source) }
            for member in members { try set(member.name, member.value, source: layer.source) }
        }
    }
}
