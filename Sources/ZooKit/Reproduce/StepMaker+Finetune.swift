internal import Catalogue
internal import ZooBase
internal import ZooStore

extension StepMaker {
    /// Trains as a derivation says, on the data that was kept, that ships with the program or that was given.
    func train(
        _ derivation: Derivation, recorded manifest: Manifest, as name: ModelName, isStopped: () -> Bool,
        emit: (ReproduceEvent) -> Void
    ) throws {
        guard let base = derivation.parents.first else { throw Obstacle("it has no parent") }
        let parameters = derivation.parameters
        let task = parameters["task"]?.string ?? ""
        let samples = (try? Catalogue.task(task))?.samples
        func path(_ role: String, sample: String?) throws -> String? {
            guard let input = derivation.inputs.first(where: { $0.role == role }) else { return nil }
            return try dataFile(input.digest, role, of: manifest, sample: sample)
        }
        let teacher = derivation.parents.dropFirst().first
        let specification = JSON.object([
            "base": .string(base.hex), "baseName": .string("sha256:\(base.short)"), "task": .string(task),
            "name": .string(name.text), "recipe": parameters["recipe"],
            "dataPath": try path("train", sample: samples?.train).map { .string($0) },
            "data": parameters["data"],
            "validationPath": try path("validation", sample: samples?.test).map { .string($0) },
            "validationShare": parameters["validationShare"] ?? .number(0.1), "keepsData": false,
            "teacher": teacher.map { teacher in
                [
                    "manifest": .string(teacher.hex), "name": .string("sha256:\(teacher.short)"),
                    "layers": parameters["teacherLayers"] ?? [],
                ]
            },
        ])
        guard let specification = FinetuneSpecification(specification) else {
            throw Obstacle("this version of zoo does not understand its recipe")
        }
        let scratchStore = scratchStore
        let files = try ModelFiles(manifest: base, called: specification.baseName, in: scratchStore, verify: true)
        let job = try FinetuneJob(
            store: scratchStore, specification: specification, files: files, threads: request.threads)
        guard job.derivation.digest == derivation.digest else {
            throw Obstacle("its recorded parameters do not say everything that went in")
        }
        let trainer = try job.prepare { _ in }
        let run = try scratchStore.runs.create(needing: derivation.parents, about: job.specification.json)
        do {
            _ = try job.train(trainer, in: run, isStopped: isStopped) { event in
                if case .step(let step) = event { emit(.training(step)) }
            }
        } catch KitError.interrupted {
            throw KitError.stopped
        }
    }

    /// A file with the bytes that were trained on.
    private func dataFile(
        _ digest: ContentDigest, _ role: String, of manifest: Manifest, sample: String?
    ) throws -> String {
        if let path = given.path([digest]) { return path }
        let kept = manifest.attachments.first { file in
            file.path.hasPrefix("data/") && file.segments.count == 1 && file.segments[0].digest == digest
        }
        if let kept {
            // Its name goes with it: it tells the format.
            let path = FilePaths.join(FilePaths.join(workFolder, role), FilePaths.name(of: kept.path))
            try store.write(kept, to: path)
            return path
        }
        if let sample {
            let bytes = try Catalogue.bytes(sample)
            if ContentDigest(of: bytes) == digest {
                let path = FilePaths.join(FilePaths.join(workFolder, role), FilePaths.name(of: sample))
                try FilePaths.makeFolder(FilePaths.parent(of: path))
                try AtomicFile.write(bytes, to: path)
                return path
            }
        }
        throw Obstacle(
            "its \(role == "train" ? "training" : role) data (sha256:\(digest.short)) is not kept; name the file with "
                + "--input PATH")
    }
}
