public import ZooBase
public import ZooModels
public import ZooTensor

/// Fine-tunes a model: epochs of steps, an evaluation after each, the best epoch's weights at the end.
///
/// With the same model, task, recipe and rows the weights come out the same in every bit, whatever the number of threads
/// and however often the run was interrupted and resumed.
public final class Trainer {
    /// What is trained.
    public let model: SequenceClassifier
    /// The number of steps of the whole run, and what they start from.
    public let schedule: Schedule
    /// Identifies recipe, task, rows and parameters: a saved state fits only a trainer with the same one.
    public let planDigest: ContentDigest

    let task: any TaskDefinition
    let recipe: Recipe
    let training: [LabelledRow]
    let validation: [LabelledRow]
    let batches: BatchPlan
    let parameters: [Parameter]
    let engine: Engine
    private let metric: String
    private let lossOptions: CrossEntropyOptions
    private let optimizer: AdamW
    let clock = ContinuousClock()

    private var progress: TrainingState.Progress
    private var best: [[Float]]?
    private let cache: (any FrozenCache)?
    /// What the frozen part makes of the training rows and, after them, of the validation rows: computed at the first
    /// step, used in every epoch.
    private var prefix: FrozenPrefix?
    /// The teacher, until what it makes of the training rows is known.
    private(set) var teacher: Teacher?
    let lesson: Lesson?
    private var taught: TeacherOutputs?
    private var validationLogits: (epoch: Int, logits: [[Float]])?
    private var secondsInSteps = 0.0
    private var rowsInSteps = 0
    private var stepsRun = 0
    // What steps use again and again, so that they need no memory of their own.
    private let pass: Pass
    private var batch = TokenBatch()
    private var stepRows: [Int] = []
    private var targets: [Target] = []
    private var settings: [AdamW.Settings] = []

    /// Tokens of a pass while training, unless one row has more: a larger batch is computed in parts.
    static let partTokens = 4096
    /// What a teacher makes of the rows is kept up to so many bytes; beyond it is computed anew at each step.
    var largestTaught = 1 << 30

    /// Prepares a run; marks the parameters that the recipe freezes.
    ///
    /// The engine computes in the recipe's precision from now on. With a `cache` what a frozen part or a teacher makes of
    /// the rows is kept there for other runs.
    ///
    /// - Throws: `TrainError`: no rows, a metric or class weights that do not fit, rows the model has no place for, a
    ///   task without soft labels.
    public init(
        model: SequenceClassifier, task: any TaskDefinition, recipe: Recipe, training: [LabelledRow],
        validation: [LabelledRow], engine: Engine, cache: (any FrozenCache)? = nil, teacher: Teacher? = nil
    ) throws(TrainError) {
        guard !training.isEmpty else { throw .noRows(purpose: "to train on") }
        guard !validation.isEmpty else { throw .noRows(purpose: "to judge an epoch by") }
        precondition(task.outputCount == model.labelCount, "\(task.labels) and a head of \(model.labelCount)")
        if case .layers(let count) = recipe.freeze, count > model.encoder.layerCount {
            throw .tooManyFrozenLayers(asked: count, layers: model.encoder.layerCount)
        }
        for row in training + validation {
            do { try model.check(TokenBatch([row.tokens])) } catch { throw .model(error) }
        }
        if let teacher {
            guard type(of: task).hasSoftLabels else { throw .noSoftLabels(kind: type(of: task).kind) }
            precondition(
                teacher.rows.count == training.count && teacher.outputs.count == task.outputCount,
                "a teacher for other rows or classes")
            for row in teacher.rows {
                do { try teacher.model.check(TokenBatch([row])) } catch { throw .model(error) }
            }
        }
        self.teacher = teacher
        lesson = teacher.map { Lesson($0, recipe: recipe) }
        pass = Pass(engine: engine, mode: .inference)
        pass.wantedLayers = Set(lesson?.pairs.map(\.pupil) ?? [])
        self.model = model
        self.task = task
        self.recipe = recipe
        self.training = training
        self.validation = validation
        self.engine = engine
        self.cache = cache
        engine.precision = recipe.precision
        metric = try task.metric(recipe)
        lossOptions = try task.lossOptions(recipe, targets: training.map(\.target))
        batches = BatchPlan(
            rowCount: training.count, batchSize: recipe.batchSize * recipe.accumulate, seed: recipe.seed)
        schedule = Schedule(
            recipe.schedule, warmup: recipe.warmup, stepCount: recipe.epochs * batches.stepsPerEpoch)
        for parameter in model.parameters {
            parameter.isTrainable = !recipe.freeze.freezes(depth: parameter.role.depth, headDepth: model.headDepth)
        }
        parameters = model.parameters.filter(\.isTrainable)
        optimizer = AdamW(parameters, engine: engine)
        var plan = Self.digest(
            task: task, recipe: recipe.effective(hasTeacher: teacher != nil), rows: [training, validation],
            parameters: parameters)
        if let teacher, let lesson {
            let key = TeacherOutputs.key(
                teacher, lesson, rows: teacher.rows, isComparable: lesson.isComparable, engine)
            plan = ContentDigest(of: "\(plan.hex) \(key.hex) \(lesson.pairs)")
        }
        planDigest = plan
        progress = TrainingState.Progress(plan: planDigest.hex)
    }

    private static func digest(
        task: any TaskDefinition, recipe: JSON, rows: [[LabelledRow]], parameters: [Parameter]
    ) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(type(of: task).kind + "\0" + task.labels.joined(separator: "\0") + "\0")
        hasher.update(recipe.text(.canonical))
        for list in rows {
            for row in list {
                hasher.update("\(row.target.text):\(row.tokens.ids.count)")
                row.tokens.ids.withUnsafeBytes { hasher.update($0) }
                row.tokens.typeIDs.withUnsafeBytes { hasher.update($0) }
            }
            hasher.update("\0")
        }
        for parameter in parameters { hasher.update("\(parameter.name) \(parameter.shape)\0") }
        return hasher.finalize()
    }

    /// Trains to the end, or until `shouldStop`, which is asked before every step, says so.
    ///
    /// With a storage the run goes on from what is saved there, and saves its state every `saveSeconds`, after each
    /// epoch and when it is stopped.
    ///
    /// - Throws: `TrainError`: a loss that is not finite, a state that belongs to another run, storage that fails.
    public func run(
        storage: (any RunStorage)? = nil, saveSeconds: Double = 60, emit: (TrainingEvent) -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws(TrainError) -> TrainingOutcome {
        try resume(storage)
        let largest = largestPass
        engine.expect(largest, activationBytes: activationBytes(of: largest))
        batch.reserve(largest)
        emit(.started(step: progress.step, stepCount: schedule.stepCount))
        var lastSave = clock.now
        while !isDone {
            let epoch = progress.epochs.count
            let order = batches.rows(epoch: epoch)
            let first = epoch * batches.stepsPerEpoch
            while progress.step < first + batches.stepsPerEpoch {
                if shouldStop() {
                    try save(storage, emit)
                    return .interrupted(step: progress.step)
                }
                stepRows.removeAll(keepingCapacity: true)
                stepRows.append(contentsOf: order[batches.range(step: progress.step - first)])
                emit(.step(try step(stepRows)))
                if (clock.now - lastSave).seconds >= saveSeconds {
                    try save(storage, emit)
                    lastSave = clock.now
                }
            }
            if shouldStop() {
                try save(storage, emit)
                return .interrupted(step: progress.step)
            }
            try judge(emit)
            if !isDone {
                try save(storage, emit)
                lastSave = clock.now
            }
        }
        return .finished(try finish())
    }

    private var isDone: Bool { progress.isStoppedEarly || progress.epochs.count >= recipe.epochs }

    private func resume(_ storage: (any RunStorage)?) throws(TrainError) {
        let saved: ByteStorage?
        do { saved = try storage?.load() } catch { throw .storage(error) }
        guard let saved else { return }
        let state = try TrainingState(saved, counts: parameters.map(\.shape.elementCount))
        guard state.progress.plan == progress.plan else {
            throw .foreignState(reason: "its recipe, rows or parameters are not those of this run")
        }
        best = state.restore(parameters, optimizer)
        progress = state.progress
    }

    private func save(_ storage: (any RunStorage)?, _ emit: (TrainingEvent) -> Void) throws(TrainError) {
        guard let storage else { return }
        do {
            try TrainingState.save(
                progress, parameters: parameters, optimizer: optimizer, best: best, to: storage)
        } catch { throw .storage(error) }
        emit(.saved(step: progress.step))
    }

    // MARK: A step

    private func step(_ rows: [Int]) throws(TrainError) -> StepReport {
        let start = clock.now
        let factor = schedule.factor(progress.step)
        let (loss, norm) = try gradients(rows)
        guard loss.isFinite else { throw notFinite("loss", factor) }
        guard norm.isFinite else { throw notFinite("gradient", factor) }
        settings.removeAll(keepingCapacity: true)
        for parameter in parameters {
            let rate = parameter.role.depth >= model.headDepth ? recipe.headLr ?? recipe.lr : recipe.lr
            settings.append(
                AdamW.Settings(
                    learningRate: rate * factor, weightDecay: parameter.role.isNormOrBias ? 0 : recipe.weightDecay))
        }
        optimizer.step(settings, gradientScale: GradientClipping.coefficient(norm: norm, bound: recipe.clip))
        progress.step += 1
        progress.lossSum += loss * Double(rows.count)
        progress.lossRows += rows.count
        stepsRun += 1
        rowsInSteps += rows.count
        secondsInSteps += (clock.now - start).seconds
        return StepReport(
            step: progress.step, stepCount: schedule.stepCount, epoch: progress.epochs.count + 1, loss: loss,
            learningRate: recipe.lr * factor, gradientNorm: norm,
            samplesPerSecond: Double(rowsInSteps) / max(secondsInSteps, 1e-9),
            secondsLeft: secondsInSteps / Double(stepsRun) * Double(schedule.stepCount - progress.step))
    }

    /// Forward and backward over `rows`, in parts when they are many: the loss, and the norm of the gradients it leaves.
    ///
    /// `measuring` asks the teacher about these rows only.
    func gradients(
        _ rows: [Int], measuring: Bool = false
    ) throws(TrainError) -> (loss: Double, norm: Double) {
        if prefix == nil, let depth = FrozenPrefix.depth(recipe.freeze) {
            prefix = try FrozenPrefix(
                depth, of: model, rows: training.map(\.tokens) + validation.map(\.tokens), engine: engine, cache: cache)
        }
        let taught = try taught(rows, keeping: !measuring)
        let total = task.weight(of: targets(rows[...]), lossOptions)
        var loss = 0.0
        var part = 0..<0
        while part.upperBound < rows.count {
            part = self.part(of: rows, from: part.upperBound)
            batch.removeAll()
            for row in rows[part] { batch.append(training[row].tokens) }
            pass.begin(
                .training(seed: UInt64(recipe.seed), step: progress.step), packing: batch.packing,
                firstSequence: part.lowerBound, accumulates: part.lowerBound > 0)
            let logits = prefix?.logits(rows[part], count: part.count, pass) ?? model.logits(batch, pass)
            // What the rows' own labels leave to the soft ones makes the sum that is divided by larger.
            loss += task.loss(
                logits, targets(rows[part]), lossOptions, total: total / (1 - (lesson?.softShare ?? 0)), pass)
            if let lesson, let taught {
                loss += lesson.loss(logits, pass, part: part, of: rows, taught) { training[$0].tokens.ids.count }
            }
            pass.backward()
        }
        return (loss, optimizer.gradientNorm())
    }

    /// What the model should say of `rows`, in memory kept from step to step.
    private func targets(_ rows: ArraySlice<Int>) -> [Target] {
        targets.removeAll(keepingCapacity: true)
        for row in rows { targets.append(training[row].target) }
        return targets
    }

    /// What the teacher makes of all training rows, computed once, or, when that is too much, of `rows`.
    private func taught(_ rows: [Int], keeping: Bool) throws(TrainError) -> Taught? {
        if let taught { return Taught(outputs: taught, places: rows) }
        guard let teacher, let lesson else { return nil }
        guard keeping, TeacherOutputs.byteCount(teacher, lesson) <= largestTaught else {
            let outputs = try TeacherOutputs(teacher, lesson, places: rows, engine: engine, cache: nil)
            return Taught(outputs: outputs, places: Array(rows.indices))
        }
        let all = try TeacherOutputs(teacher, lesson, places: teacher.rows.indices, engine: engine, cache: cache)
        taught = all
        self.teacher = nil
        return Taught(outputs: all, places: rows)
    }

    /// The part of `rows` that begins at `start`: at most a batch and at most `partTokens` tokens, or one row.
    private func part(of rows: [Int], from start: Int) -> Range<Int> {
        var (end, tokens) = (start, 0)
        while end < rows.count {
            tokens += training[rows[end]].tokens.ids.count
            if end > start, end - start == recipe.batchSize || tokens > Self.partTokens { break }
            end += 1
        }
        return start..<end
    }

    private func notFinite(_ what: String, _ factor: Double) -> TrainError {
        let rate = recipe.lr * factor
        let damaged = parameters.first { $0.elements.contains { !$0.isFinite } }
        let reason: String
        if progress.step == 0, let damaged {
            reason = "the base's \(damaged.name) holds values that are not finite; pull or import it again"
        } else if stepsRun == 0 {
            reason = "no step was taken yet, so the weights or the class weights are to blame; check the base"
        } else {
            reason =
                "the learning rate, now \(rate), is probably too high; lower lr"
                + (recipe.headLr == nil ? "" : " and headLr") + (recipe.clip == nil ? " or clip the gradients" : "")
                + (recipe.classWeights == .none ? "" : ", or make the class weights less extreme")
        }
        return .notFinite(step: progress.step + 1, what: what, reason: reason)
    }

    // MARK: An epoch

    private func judge(_ emit: (TrainingEvent) -> Void) throws(TrainError) {
        let logits = try judgedLogits()
        let value = task.value(of: metric, logits: logits, targets: validation.map(\.target))
        let number = progress.epochs.count + 1
        let isBest = isBetter(value)
        progress.epochs.append(
            EpochReport(
                epoch: number, trainingLoss: progress.lossSum / Double(max(1, progress.lossRows)), metric: metric,
                value: value, isBest: isBest))
        progress.lossSum = 0
        progress.lossRows = 0
        if isBest {
            progress.bestEpoch = number
            validationLogits = (number, logits)
            best = number == recipe.epochs ? nil : parameters.map(\.elements)
        }
        emit(.epoch(progress.epochs[number - 1]))
        if let patience = recipe.earlyStopping, let bestEpoch = progress.bestEpoch, number - bestEpoch >= patience,
            number < recipe.epochs
        {
            progress.isStoppedEarly = true
            emit(.stoppedEarly(epoch: number))
        }
    }

    /// The logits of the validation rows with the weights of now.
    private func judgedLogits() throws(TrainError) -> [[Float]] {
        let (rows, before) = (validation.map(\.tokens), training.count)
        return try Evaluator(model, engine: engine).logits(rows) { places, batch, pass in
            prefix?.logits(places.lazy.map { before + $0 }, count: places.count, pass) ?? model.logits(batch, pass)
        }
    }

    /// Whether `value` is better than that of the best epoch so far; the first epoch always is.
    private func isBetter(_ value: Double?) -> Bool {
        guard let bestEpoch = progress.bestEpoch else { return true }
        guard let value, !value.isNaN else { return false }
        guard let before = progress.epochs[bestEpoch - 1].value, !before.isNaN else { return true }
        return task.isHigherBetter(metric) ? value > before : value < before
    }

    private func finish() throws(TrainError) -> TrainingResult {
        optimizer.release()
        let bestEpoch = progress.bestEpoch ?? progress.epochs.count
        if let best {
            for (parameter, elements) in zip(parameters, best) { parameter.assign(elements) }
        }
        best = nil
        let logits: [[Float]]
        if let known = validationLogits, known.epoch == bestEpoch {
            logits = known.logits
        } else {
            logits = try judgedLogits()
        }
        return TrainingResult(
            epochs: progress.epochs, bestEpoch: bestEpoch,
            metrics: task.measure(
                logits: logits, targets: validation.map(\.target), bootstrap: Bootstrap(seed: recipe.seed)),
            validationLogits: logits,
            samplesPerSecond: stepsRun == 0 ? nil : Double(rowsInSteps) / max(secondsInSteps, 1e-9),
            stepsRun: stepsRun, stepCount: progress.step)
    }
}

extension Duration {
    /// As a number of seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
