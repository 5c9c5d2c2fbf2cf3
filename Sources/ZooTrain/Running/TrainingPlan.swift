public import ZooBase
internal import ZooModels
internal import ZooTensor

/// What a run would do and need, without doing it.
public struct TrainingPlan: Sendable, Hashable, JSONRepresentable {
    /// Passes over the rows.
    public let epochs: Int
    /// Steps of an epoch, of the run, and of its warm-up.
    public let stepsPerEpoch: Int, stepCount: Int, warmupSteps: Int
    /// Rows to train on and to judge by.
    public let trainingRows: Int, validationRows: Int
    /// Tokens of the training rows, and of the longest one.
    public let tokensPerEpoch: Int, longestRow: Int
    /// Elements of all parameters, and of those that are trained.
    public let parameterCount: Int, trainedParameterCount: Int
    /// Bytes of weights, gradients, moments, the best epoch's weights, the largest batch's activations, what the caller
    /// holds and the program itself: an estimate, which batches of long texts exceed by a tenth.
    public let memoryBytes: Int
    /// What a teacher adds; nil without one.
    public let teacher: TeacherPlan?
    /// Seconds of all steps and evaluations from a measured step: an estimate; nil when none was measured.
    public let seconds: Double?

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "epochs": .integer(epochs), "stepsPerEpoch": .integer(stepsPerEpoch), "steps": .integer(stepCount),
            "warmupSteps": .integer(warmupSteps), "trainingRows": .integer(trainingRows),
            "validationRows": .integer(validationRows), "tokensPerEpoch": .integer(tokensPerEpoch),
            "longestRow": .integer(longestRow), "parameters": .integer(parameterCount),
            "trainedParameters": .integer(trainedParameterCount), "memoryBytes": .integer(memoryBytes),
            "seconds": seconds.map { .number($0) } ?? .null, "teacher": teacher?.json,
        ])
    }
}

/// What a teacher is asked and needs.
public struct TeacherPlan: Sendable, Hashable, JSONRepresentable {
    /// Elements of its parameters.
    public let parameterCount: Int
    /// Bytes of what it makes of all training rows.
    public let byteCount: Int
    /// Whether that is computed once and kept; else it is computed anew for the rows of each step.
    public let isKept: Bool
    /// Training rows on which hidden states are compared, and how many layers are.
    public let comparedRows: Int, comparedLayers: Int

    /// All fields, camelCase.
    public var json: JSON {
        [
            "parameters": .integer(parameterCount), "outputBytes": .integer(byteCount), "kept": .bool(isKept),
            "comparedRows": .integer(comparedRows), "comparedLayers": .integer(comparedLayers),
        ]
    }
}

extension Trainer {
    /// Bytes of the program, its libraries, tokenizer and scratch, as measured; they hardly depend on the model.
    private static let programBytes = 50_000_000

    /// What the run will do and need; `measuring` runs a batch to estimate the time.
    ///
    /// - Parameter heldBytes: what the caller keeps in memory besides, such as the mapped file of the weights.
    public func plan(measuring: Bool, heldBytes: Int = 0) -> TrainingPlan {
        let lengths = training.map(\.tokens.ids.count)
        let tokens = lengths.reduce(0, +)
        let all = model.parameters.reduce(0) { $0 + $1.shape.elementCount }
        let trained = parameters.reduce(0) { $0 + $1.shape.elementCount }
        let largest = largestPass
        let judged = Double(recipe.epochs * validation.reduce(0) { $0 + $1.tokens.ids.count })
        // Evaluations go forward only: a third of the arithmetic. A frozen encoder sees all rows once.
        let passes =
            FrozenPrefix.depth(recipe.freeze) == .pooler
            ? Double(tokens) + judged / Double(recipe.epochs) : Double(recipe.epochs * tokens) + judged / 3
        // A teacher that is asked once is gone before the first step, and has no gradients.
        let teaching = teacherPlan
        let weights = 4 * (all + 4 * trained) + activationBytes(of: largest)
        let asked = teaching.map { 4 * ($0.parameterCount + largest.tokens * model.encoder.width * 20) } ?? 0
        let held =
            teaching.map { $0.isKept ? max(weights, 4 * all + asked) + $0.byteCount : weights + asked } ?? weights
        return TrainingPlan(
            epochs: recipe.epochs, stepsPerEpoch: batches.stepsPerEpoch, stepCount: schedule.stepCount,
            warmupSteps: schedule.warmupSteps, trainingRows: training.count, validationRows: validation.count,
            tokensPerEpoch: tokens, longestRow: lengths.max() ?? 0, parameterCount: all,
            trainedParameterCount: trained,
            memoryBytes: held + heldBytes + Self.programBytes, teacher: teaching,
            seconds: measuring
                ? (try? measureSecondsPerToken()).map { seconds in
                    let asked = teaching.map { Double($0.isKept ? tokens : recipe.epochs * tokens) } ?? 0
                    return seconds.pass * passes + seconds.teacher * asked
                } : nil)
    }

    /// The largest pass of any step, whatever the order of the rows.
    var largestPass: PassSize {
        let lengths = training.map(\.tokens.ids.count).sorted(by: >)
        let batch = lengths.prefix(recipe.batchSize)
        return PassSize(
            tokens: max(lengths[0], min(batch.reduce(0, +), Self.partTokens)), sequences: batch.count,
            longest: lengths[0])
    }

    /// Bytes of the activations and gradients of a pass while training.
    ///
    /// A layer that is trained keeps 16 values of its width a token: the inputs and outputs of its products and norms,
    /// the wide ones counting four times; of the last layer hardly anything. The pass needs about 20 besides.
    func activationBytes(of pass: PassSize) -> Int {
        let layers = (1..<max(2, model.encoder.layerCount)).count { depth in
            parameters.contains { $0.role.depth <= depth }
        }
        return 4 * pass.tokens * model.encoder.width * (layers * 16 + 20)
    }

    private var teacherPlan: TeacherPlan? {
        guard let teacher, let lesson else { return nil }
        let bytes = TeacherOutputs.byteCount(teacher, lesson)
        return TeacherPlan(
            parameterCount: teacher.model.parameters.reduce(0) { $0 + $1.shape.elementCount }, byteCount: bytes,
            isKept: bytes <= largestTaught, comparedRows: lesson.isComparable.count { $0 },
            comparedLayers: lesson.pairs.count)
    }
}
