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
        func path(_ role: String) throws -> String? {
            guard let input = derivation.inputs.first(where: { $0.role == role }) else { return nil }
            return try dataFile(input, of: manifest)
        }
        let teacher = derivation.parents.dropFirst().first
        let specification = JSON.object([
            "base": .string(base.hex), "baseName": .string("sha256:\(base.short)"), "task": .string(task),
            "name": .string(name.text), "recipe": parameters["recipe"],
            "dataPath": try path("train").map { .string($0) },
            "data": parameters["data"],
            "validationPath": try path("validation").map { .string($0) },
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

    /// Fails when rows that a fine-tune needs are kept and damaged or gone.
    ///
    /// - Throws: `StoreError.damagedBlob`.
    func checkData(of manifest: Manifest) throws {
        for input in manifest.derivation.inputs {
            if case .kept(let file) = try origin(of: input, manifest) { _ = try store.open(file, verify: true) }
        }
    }

    /// Where the bytes of a file that was trained on come from.
    private enum DataOrigin {
        case given(path: String)
        case shipped(name: String, bytes: [UInt8])
        case kept(StoredFile)
    }

    private func origin(of input: Derivation.Input, _ manifest: Manifest) throws -> DataOrigin? {
        if let path = given.path([input.digest]) { return .given(path: path) }
        let task = manifest.derivation.parameters["task"]?.string ?? ""
        let samples = (try? Catalogue.task(task))?.samples
        if let name = input.role == "train" ? samples?.train : samples?.test {
            let bytes = try Catalogue.bytes(name)
            if ContentDigest(of: bytes) == input.digest { return .shipped(name: name, bytes: bytes) }
        }
        return manifest.attachments.first { file in
            file.path.hasPrefix("data/") && file.segments.count == 1 && file.segments[0].digest == input.digest
        }.map { .kept($0) }
    }

    /// A file with the bytes that were trained on; its name goes with it, since that tells the format.
    private func dataFile(_ input: Derivation.Input, of manifest: Manifest) throws -> String {
        func place(_ name: String) -> String {
            FilePaths.join(FilePaths.join(workFolder, input.role), FilePaths.name(of: name))
        }
        switch try origin(of: input, manifest) {
        case .given(let path): return path
        case .shipped(let name, let bytes):
            try FilePaths.makeFolder(FilePaths.parent(of: place(name)))
            try AtomicFile.write(bytes, to: place(name))
            return place(name)
        case .kept(let file):
            try store.write(file, to: place(file.path))
            return place(file.path)
        case nil:
            throw Obstacle(
                "its \(input.role == "train" ? "training" : input.role) data (sha256:\(input.digest.short)) is not "
                    + "kept; name the file with --input PATH")
        }
    }
}
