import Glibc
internal import Catalogue
internal import ZooBase
internal import ZooCheckpoint
internal import ZooData
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooText
internal import ZooTrain

/// One fine-tune on its way: data read, model built, trained, committed.
struct FinetuneJob {
    private(set) var specification: FinetuneSpecification
    private let store: Store
    private let files: ModelFiles
    private let data: FinetuneData
    private let teacher: FinetuneTeacher?
    /// What is computed: complete once the data is read.
    let derivation: Derivation
    private let threads: Int
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    /// Reads the data; from here on the derivation is known.
    init(store: Store, specification given: FinetuneSpecification, files: ModelFiles, threads: Int?) throws {
        start = clock.now
        var specification = given
        self.store = store
        self.files = files
        self.threads = threads ?? Threads.available
        guard self.threads > 0 else {
            throw KitError.invalidOption(name: "--threads", value: "\(self.threads)", expected: "at least 1")
        }
        data = try FinetuneData(specification, inherited: files.manifest?.labels ?? [])
        let kind = try Catalogue.task(specification.task).kind.rawValue
        teacher = try specification.teacher.map { [labels = data.labels.labels] choice in
            try FinetuneTeacher(choice, labels: labels, kind: kind, in: store)
        }
        let (expected, expectedValidation) = (given.dataDigest, given.validationDigest)
        specification.dataDigest = data.training.dataset.fileDigest
        specification.validationDigest = data.validation?.dataset.fileDigest
        self.specification = specification
        derivation = specification.derivation(
            labels: data.labels, rows: data.training.dataset.rows.count,
            validationRows: data.validation?.dataset.rows.count ?? 0)
        changed = zip(
            [(expected, given.data.path), (expectedValidation, given.validationPath)],
            [specification.dataDigest, specification.validationDigest]
        ).first { before, now in before.0 != nil && before.0 != now }.map { ($0.0.1 ?? "", $0.0.0!, $0.1) }
    }

    private let changed: (path: String, expected: ContentDigest, found: ContentDigest?)?

    /// Fails when a resumed run's data is not what it was.
    func checkData(of run: String) throws(KitError) {
        guard let changed else { return }
        throw .dataChanged(
            run: run, path: changed.path, expected: changed.expected.short, found: changed.found?.short)
    }

    /// The version that this derivation already is.
    ///
    /// None of its blobs is missing. One that has another name gets this one too; `original` is then what it is called
    /// already.
    func existing() throws -> (version: ModelVersion, original: ModelVersion?, manifest: Manifest)? {
        guard let version = try store.version(derivedBy: derivation.digest, named: specification.name) else {
            return nil
        }
        let manifest = try store.manifest(of: version)
        // What has lost bytes is computed again, which brings them back.
        guard store.isComplete(manifest) else { return nil }
        if version.name == specification.name || store.access == .readOnly {
            return (version, nil, manifest)
        }
        return (try store.writer().commit(manifest, as: specification.name).version, version, manifest)
    }

    /// Builds model and trainer; tells what is in the data.
    func prepare(emit: (FinetuneEvent) -> Void) throws -> Trainer {
        let tokenizer = try files.tokenizer()
        let recipe = specification.recipe
        let task = try Tasks.make(
            kind: try Catalogue.task(specification.task).kind.rawValue, labels: data.labels.labels)
        let inherited = files.manifest?.labels ?? []
        let keepsHead = !inherited.isEmpty && inherited == data.labels.labels && files.manifest?.task != nil
        let model = try files.classifier(
            HeadSpecification(
                labelCount: task.outputCount, source: keepsHead ? .stored : .fresh(seed: UInt64(recipe.seed))),
            dropout: recipe.dropout)
        let tokens = data.tokens(tokenizer, maximumLength: recipe.maxLength, threads: threads)
        emit(.data(lines: tokens.report.lines(isSample: data.training.isSample), report: tokens.report.json))
        if !inherited.isEmpty, files.manifest?.task != nil {
            emit(
                .notice(
                    keepsHead
                        ? "head       kept from \(specification.baseName): \(inherited.joined(separator: ", "))"
                        : "head       new: \(specification.baseName) has the labels \(inherited.joined(separator: ", ")), "
                            + "the data \(data.labels.labels.joined(separator: ", "))"))
        }
        return try Trainer(
            model: model, task: task, recipe: recipe, training: tokens.training, validation: tokens.validation,
            engine: Engine(threads: threads),
            cache: store.access == .readOnly ? nil : FrozenCacheFolder(FilePaths.join(store.cacheFolder, "frozen")),
            teacher: try teacher?.teacher(
                of: data.trainingRows, pupil: tokenizer, tokens: tokens.training, maximumLength: recipe.maxLength,
                threads: threads))
    }

    /// Tells what will be done.
    func announce(_ trainer: Trainer, measuring: Bool, emit: (FinetuneEvent) -> Void) throws {
        let plan = trainer.plan(measuring: measuring, heldBytes: files.weightByteCount)
        let recipe = specification.recipe
        var lines = [
            "recipe     \(Counted(recipe.epochs, "epoch")), batch \(recipe.batchSize), lr \(recipe.lr), "
                + "\(recipe.schedule.rawValue) after \(Counted(plan.warmupSteps, "warm-up step")), weight decay "
                + "\(recipe.weightDecay), maximum length \(recipe.maxLength)"
                + (specification.askedLength.map { " (the model's own limit; \($0) was asked for)" } ?? "")
                + ", seed \(recipe.seed)",
            "plan       \(Counted(plan.stepCount, "step")); \(plan.trainedParameterCount) of \(plan.parameterCount) "
                + "parameters trained; about \(plan.memoryBytes / 1_000_000) MB",
        ]
        if recipe.accumulate > 1 {
            lines.append("step       the gradients of \(recipe.accumulate) batches of \(recipe.batchSize) rows")
        }
        if recipe.precision != .f32 {
            lines.append("precision  \(recipe.precision.rawValue) products; weights, sums and the optimizer in f32")
        }
        if recipe.freeze != .none {
            lines.append(
                "frozen     \(recipe.freeze.json.text(.compact)): without dropout; computed once where layers are frozen"
            )
        }
        if let choice = specification.teacher, let teacher = plan.teacher {
            lines += choice.lines(recipe, teacher, rows: plan.trainingRows)
        }
        if let seconds = plan.seconds {
            lines.append("time       about \(Int(seconds.rounded(.up))) s on this machine")
        }
        if !specification.keepsData {
            lines.append("kept       only the digest of the training file (--store-data none)")
        } else if data.training.bytes.byteCount <= Self.largestKeptData {
            lines.append(
                "kept       the training file becomes part of the version (--store-data none keeps its digest only; "
                    + "zoo rm and zoo gc remove it with the version)")
        } else {
            lines.append("kept       only the digest of the training file, which is larger than 100 MB")
        }
        emit(.plan(lines: lines, plan: plan.json))
    }

    /// Trains in `run`'s folder and commits the result.
    func train(
        _ trainer: Trainer, in run: Run, isStopped: () -> Bool, emit: (FinetuneEvent) -> Void
    ) throws -> FinetuneResult {
        let storage = RunFile(FilePaths.join(run.path, "state"))
        func show(_ event: TrainingEvent) {
            switch event {
            case .started(let step, let stepCount):
                emit(.started(run: run.id, step: step, stepCount: stepCount))
                note(step, stepCount, run)
            case .step(let step): emit(.step(StepProgress(step)))
            case .epoch(let epoch): emit(.epoch(EpochSummary(epoch)))
            case .saved(let step): note(step, trainer.schedule.stepCount, run)
            case .stoppedEarly(let epoch):
                emit(
                    .notice("stopped after epoch \(epoch): no better \(specification.recipe.metric ?? "metric") since"))
            }
        }
        let outcome: TrainingOutcome
        do { outcome = try trainer.run(storage: storage, saveSeconds: 20, emit: show, shouldStop: isStopped) } catch {
            // What cannot be trained now cannot be resumed either; with space on the disk, or its state healed, it can.
            switch error.kind {
            case .resource: emit(.notice("once there is space, go on with: zoo finetune --resume \(run.id)"))
            case .damaged: break
            default: try run.remove()
            }
            throw error
        }
        switch outcome {
        case .interrupted(let step):
            throw KitError.interrupted(
                run: run.id, step: step, stepCount: trainer.schedule.stepCount)
        case .finished(let result):
            let finished = try commit(trainer, result)
            try run.remove()
            return finished
        }
    }

    /// Leaves for `runs list` how far it is; a listing is not worth failing for.
    private func note(_ step: Int, _ stepCount: Int, _ run: Run) {
        try? run.write(RunSummary.progressFile, json: ["step": .integer(step), "steps": .integer(stepCount)])
    }

    private static let largestKeptData = 100_000_000

    private func commit(_ trainer: Trainer, _ result: TrainingResult) throws -> FinetuneResult {
        let manifest = files.manifest!
        let tensors = try trainer.model.tensorsForSaving(specification.recipe.saveDtype)
        var digests = SegmentDigests()
        for (file, opened) in zip(manifest.files, files.files) { digests.add(opened.bytes, file) }
        let weightsDigest = WeightsDigest.of(tensors, known: digests.digest)
        let writer = try store.writer()
        var stored = manifest.files.filter {
            $0.path == "config.json" || $0.path.uppercased().hasPrefix("LICENSE")
                || ModelFiles.tokenizerFileNames.contains($0.path)
        }
        stored.append(
            try writer.add(Checkpoint.singleFile, layout: try SafetensorsLayout(tensors), known: digests.digest))
        var attachments = [try writer.add(RowDigests.attachment, bytes: data.rowDigests)]
        if specification.keepsData {
            for (folder, loaded) in [("data/", data.training), ("data/validation/", data.validation)] {
                guard let loaded, loaded.bytes.byteCount <= Self.largestKeptData else { continue }
                attachments.append(
                    try writer.add(
                        folder + FilePaths.name(of: loaded.name),
                        parts: [.init(loaded.bytes, 0..<loaded.bytes.byteCount)]))
            }
        }
        let metrics = result.metrics.map(MetricValue.init)
        let finished = Manifest(
            files: stored, attachments: attachments, architecture: manifest.architecture, task: specification.task,
            head: [
                "kind": .string(try Catalogue.task(specification.task).kind.rawValue),
                "outputs": .integer(trainer.model.labelCount),
            ],
            labels: data.labels.labels, licences: manifest.licences, weightsDigest: weightsDigest,
            metrics: .metrics(metrics), derivation: derivation, kernelSet: KernelSet.current.line)
        let before = try store.version(derivedBy: derivation.digest, named: specification.name)
        if let before, let expected = try store.manifest(of: before).weightsDigest, expected != weightsDigest {
            throw KitError.notReproduced(
                version: before.description, expected: expected.short, found: weightsDigest.short)
        }
        let commit = try writer.commit(
            finished, as: specification.name, facts: try ParameterCount.facts(of: finished, for: writer))
        let seconds = (clock.now - start).seconds
        try store.records.append(
            "trained",
            .object([
                "seconds": .number(seconds), "threads": .integer(threads), "stepsRun": .integer(result.stepsRun),
                "samplesPerSecond": result.samplesPerSecond.map { .number($0) },
            ]), to: commit.version.manifest)
        return FinetuneResult(
            version: commit.version.description, digest: commit.version.manifest, weightsDigest: weightsDigest,
            base: specification.baseName, teacher: specification.teacher?.name, alreadyExisted: false, isDryRun: false,
            epochs: result.epochs.map(EpochSummary.init), bestEpoch: result.bestEpoch, metrics: metrics,
            samplesPerSecond: result.samplesPerSecond, stepsRun: result.stepsRun, seconds: seconds,
            newByteCount: writer.newByteCount, sameAs: nil)
    }

    /// The answer when nothing had to be computed.
    func result(
        existing: (version: ModelVersion, original: ModelVersion?, manifest: Manifest)
    ) -> FinetuneResult {
        FinetuneResult(
            version: existing.version.description, digest: existing.version.manifest,
            weightsDigest: existing.manifest.weightsDigest, base: specification.baseName,
            teacher: specification.teacher?.name, alreadyExisted: true,
            isDryRun: false, epochs: [], bestEpoch: nil, metrics: [MetricValue](existing.manifest.metrics),
            samplesPerSecond: nil, stepsRun: 0, seconds: (clock.now - start).seconds, newByteCount: 0,
            sameAs: existing.original?.description)
    }

    /// The answer when only the plan was asked for.
    func dryRunResult() -> FinetuneResult {
        FinetuneResult(
            version: "", digest: nil, weightsDigest: nil, base: specification.baseName,
            teacher: specification.teacher?.name, alreadyExisted: false,
            isDryRun: true, epochs: [], bestEpoch: nil, metrics: [], samplesPerSecond: nil, stepsRun: 0,
            seconds: (clock.now - start).seconds, newByteCount: 0, sameAs: nil)
    }
}

/// How many threads a verb uses when nothing is said.
enum Threads {
    static var available: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

extension StepProgress {
    init(_ report: StepReport) {
        self.init(
            step: report.step, stepCount: report.stepCount, epoch: report.epoch, loss: report.loss,
            learningRate: report.learningRate, samplesPerSecond: report.samplesPerSecond,
            secondsLeft: report.secondsLeft)
    }
}

extension EpochSummary {
    init(_ report: EpochReport) {
        self.init(
            epoch: report.epoch, trainingLoss: report.trainingLoss, metric: report.metric, value: report.value ?? .nan,
            isBest: report.isBest)
    }
}

extension MetricValue {
    init(_ metric: MeasuredMetric) { self.init(name: metric.name, value: metric.value, interval: metric.interval) }
}

extension [MetricValue] {
    /// Reads what `JSON.metrics` gives.
    init(_ json: JSON?) {
        self = (json?.members ?? []).compactMap { member in
            guard let value = member.value["value"]?.number else { return nil }
            let interval = member.value["low"]?.number.flatMap { low in
                member.value["high"]?.number.map { low...Swift.max(low, $0) }
            }
            return MetricValue(name: member.name, value: value, interval: interval)
        }
    }
}

extension KernelSet {
    /// On one line.
    var line: String { "\(instructionSet), oneDNN \(oneDNN), OpenBLAS \(openBLAS) (\(openBLASCore))" }
}
