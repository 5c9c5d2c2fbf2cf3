internal import ZooBase
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooTrain

extension Registry {
    /// Fine-tunes a version; the result is a new version, or the one that this derivation already is.
    ///
    /// - Parameters:
    ///   - isStopped: asked before every step; once true the run is saved and `KitError.interrupted` thrown.
    ///   - emit: told what happens.
    public func finetune(
        _ request: FinetuneRequest, isStopped: () -> Bool, emit: (FinetuneEvent) -> Void
    ) throws -> FinetuneResult {
        let store = request.isDryRun ? reading : writing
        let base = try store.version(request.base)
        let files = try ModelFiles(base, in: store, verify: false)
        let verification = files.verification(in: store)
        let specification = try FinetuneSpecification(request, base: base, files: files, in: store)
        let job = try FinetuneJob(store: store, specification: specification, files: files, threads: request.threads)
        if !request.isForced, let existing = try job.existing() {
            return job.result(existing: existing)
        }
        for notice in EngineNotice.current { emit(.notice(notice.description)) }
        if let precision = specification.replacedPrecision {
            emit(.notice("precision  f32: this processor has no instructions for \(precision.rawValue)"))
        }
        let trainer = try Self.prepare(job, verification, emit)
        try job.announce(trainer, measuring: request.isDryRun, emit: emit)
        if request.isDryRun { return job.dryRunResult() }
        let needed = [base.manifest] + (specification.teacher.map { [$0.manifest] } ?? [])
        let run = try store.runs.create(needing: needed, about: job.specification.json)
        return try job.train(trainer, in: run, isStopped: isStopped, emit: emit)
    }

    /// Goes on with an interrupted run.
    public func resumeFinetune(
        _ identifier: String, threads: Int?, isStopped: () -> Bool, emit: (FinetuneEvent) -> Void
    ) throws -> FinetuneResult {
        let store = writing
        let run = try store.runs.open(identifier)
        guard let specification = FinetuneSpecification(try run.about()) else {
            throw StoreError.damaged(path: run.path, reason: "the run does not say how it was started")
        }
        let files = try ModelFiles(
            manifest: specification.base, called: specification.baseName, in: store, verify: false)
        let verification = files.verification(in: store)
        let job = try FinetuneJob(store: store, specification: specification, files: files, threads: threads)
        try job.checkData(of: identifier)
        for notice in EngineNotice.current { emit(.notice(notice.description)) }
        let trainer = try Self.prepare(job, verification, emit)
        return try job.train(trainer, in: run, isStopped: isStopped, emit: emit)
    }

    /// Builds the trainer while its base is being verified; damage to that explains whatever else went wrong.
    private static func prepare(
        _ job: FinetuneJob, _ verification: Later<Void>, _ emit: (FinetuneEvent) -> Void
    ) throws -> Trainer {
        let trainer = Result { try job.prepare(emit: emit) }
        try verification.value()
        return try trainer.get()
    }
}
