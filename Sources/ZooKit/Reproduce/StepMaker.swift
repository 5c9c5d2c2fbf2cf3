internal import Catalogue
internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooText

/// Makes single steps of a lineage again, in a scratch registry where nothing is known yet: no memo, no cache.
struct StepMaker {
    /// The registry that holds the recorded versions.
    let store: Store
    /// Where everything is made.
    let scratch: Registry
    /// For files that a step reads.
    let workFolder: String
    let given: GivenInputs
    let request: ReproduceRequest

    /// The store of the scratch registry.
    var scratchStore: Store { scratch.writing }

    /// Takes a recorded version into the scratch registry as it is.
    func adopt(_ digest: ContentDigest, number: Int) throws -> ContentDigest {
        try scratchStore.writer().adopt(digest, from: store, as: try name(number)).version.manifest
    }

    /// Fails when a step cannot be performed for want of bytes that only the registry has: said before hours of work.
    ///
    /// - Throws: `StoreError.damagedBlob`.
    func checkBytes(for manifest: Manifest) throws {
        switch manifest.derivation.operation {
        case "finetune": try checkData(of: manifest)
        case "slice" where manifest.derivation.parameters["layers"] != nil:
            for file in manifest.files { _ = try store.open(file) }
        default: break
        }
    }

    /// Performs a derivation with `parents` of the scratch registry in place of the recorded ones.
    ///
    /// - Returns: the manifest in the scratch registry.
    /// - Throws: `Obstacle` when it cannot be performed.
    func make(
        _ manifest: Manifest, digest: ContentDigest, from parents: [ContentDigest], number: Int,
        isStopped: () -> Bool, emit: (ReproduceEvent) -> Void
    ) throws -> ContentDigest {
        let name = try name(number)
        let recorded = manifest.derivation
        let derivation = Derivation(
            operation: recorded.operation, parents: parents, inputs: recorded.inputs,
            parameters: recorded.parameters, numericsVersion: numericsVersion)
        switch derivation.operation {
        case "pull", "import":
            return try fetch(manifest, digest, as: name) { emit(.bytes(done: $0, total: $1)) }
        case "convert": _ = try scratch.convert(convertRequest(derivation, as: name))
        case "slice":
            _ = try scratch.slice(sliceRequest(derivation, recorded: manifest, digest, as: name)) { _ in }
        case "head": _ = try scratch.head(headRequest(derivation, as: name)) { _ in }
        case "merge": _ = try scratch.merge(mergeRequest(derivation, as: name))
        case "finetune": try train(derivation, recorded: manifest, as: name, isStopped: isStopped, emit: emit)
        default: throw Obstacle("this version of zoo does not know the operation \(derivation.operation)")
        }
        let made = try scratchStore.resolve(.latest(name)).manifest
        guard try scratchStore.manifest(made).derivation.digest == derivation.digest else {
            throw Obstacle("its recorded parameters do not say everything that went in")
        }
        return made
    }

    private func name(_ number: Int) throws -> ModelName { try ModelName("step-\(number)") }

    private static func reference(_ digest: ContentDigest) -> String { "sha256:\(digest.hex)" }

    /// What a derivation of one model started from: its parent, or files that were never in the registry.
    private func source(_ derivation: Derivation) throws -> String {
        if derivation.parents.count == 1 { return Self.reference(derivation.parents[0]) }
        guard derivation.parents.isEmpty else { throw Obstacle("it has \(derivation.parents.count) parents") }
        guard let path = given.path(derivation.inputs.map(\.digest)) else {
            let digest = derivation.inputs.first.map { " (sha256:\($0.digest.short))" } ?? ""
            throw Obstacle(
                "it was made of files outside the registry\(digest), which are not kept; name them with --input PATH")
        }
        return path
    }

    private func convertRequest(_ derivation: Derivation, as name: ModelName) throws -> ConvertRequest {
        let parameters = derivation.parameters
        var request = ConvertRequest(source: try source(derivation), destination: name.text)
        request.format = parameters["format"]?.string
        request.dtype = parameters["dtype"]?.string
        request.keys = parameters["keys"]?.string
        request.shardSize = parameters["shardSize"]?.integer
        request.metadata = (parameters["metadata"]?.members ?? []).map { ($0.name, $0.value.string ?? "") }
        return request
    }

    private func headRequest(_ derivation: Derivation, as name: ModelName) throws -> HeadRequest {
        let parameters = derivation.parameters
        let labels = (parameters["labels"]?.array ?? []).compactMap(\.string)
        let action: HeadRequest.Action
        switch (parameters["action"]?.string, derivation.parents.count) {
        case ("attach", 1):
            action = .attach(
                task: parameters["task"]?.string ?? "", labels: labels, seed: parameters["seed"]?.integer ?? 0)
        case ("take", 2): action = .take(from: Self.reference(derivation.parents[1]), force: true)
        case ("drop", 1): action = .drop
        case ("relabel", 1): action = .relabel(labels)
        default: throw Obstacle("this version of zoo does not know what was done to its head")
        }
        var request = HeadRequest(source: Self.reference(derivation.parents[0]), action: action)
        request.name = name.text
        return request
    }

    private func mergeRequest(_ derivation: Derivation, as name: ModelName) throws -> MergeRequest {
        let parameters = derivation.parameters
        let weights = (parameters["weights"]?.array ?? []).compactMap(\.number)
        let hasBase = parameters["base"]?.bool ?? false
        guard derivation.inputs.isEmpty, derivation.parents.count == weights.count + (hasBase ? 1 : 0) else {
            throw Obstacle("it was merged from files outside the registry, which are not kept")
        }
        var request = MergeRequest(sources: derivation.parents.prefix(weights.count).map(Self.reference))
        request.base = hasBase ? derivation.parents.last.map(Self.reference) : nil
        request.method = parameters["method"]?.string ?? request.method
        request.weights = weights
        request.density = parameters["density"]?.number ?? request.density
        request.name = name.text
        return request
    }

    /// Numbers of units and the word pieces kept stand in the derivation as digests only; the recorded version tells them.
    private func sliceRequest(
        _ derivation: Derivation, recorded manifest: Manifest, _ digest: ContentDigest, as name: ModelName
    ) throws -> SliceRequest {
        let parameters = derivation.parameters
        var request = SliceRequest(source: try source(derivation))
        request.name = name.text
        func texts(_ key: String) -> [String] { (parameters[key]?.array ?? []).compactMap(\.string) }
        (request.only, request.drop, request.ranges) = (texts("only"), texts("drop"), texts("ranges"))
        request.dtype = parameters["dtype"]?.string
        guard let layers = parameters["layers"]?.array?.compactMap(\.integer) else { return request }
        request.layers = layers
        for (layer, heads) in zip(layers, parameters["heads"]?.array ?? []) {
            request.keptHeads[layer] = heads.array?.compactMap(\.integer) ?? []
        }
        func sizes(_ files: ModelFiles) throws -> ModelSizes {
            try ModelSizes(files, StateDict(try files.weights()))
        }
        let result = try ModelFiles(manifest: digest, called: "sha256:\(digest.short)", in: store, verify: false)
        request.unitCount = try sizes(result).units
        let positions = parameters["positions"]?.integer
        let original = try sizes(try ModelFiles(request.source, in: scratchStore, verify: false))
        request.positionCount = positions == original.positions ? nil : positions
        if parameters["vocabulary"] != nil {
            let pieces = TokenizerCut(try result.tokenizer()).pieces.joined(separator: "\n")
            request.vocabularyFile = FilePaths.join(workFolder, "vocabulary.txt")
            try AtomicFile.write(Array(pieces.utf8), to: request.vocabularyFile!)
        }
        return request
    }
}
