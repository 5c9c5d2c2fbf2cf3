internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore

extension Registry {
    /// Merges versions of one architecture and vocabulary into one.
    ///
    /// Everything that does not fit is listed before a byte is written, and `announce` is told the plan.
    public func merge(_ request: MergeRequest, announce: (MergeResult) -> Void = { _ in }) throws -> MergeResult {
        let clock = ContinuousClock()
        let start = clock.now
        guard let method = WeightMerge.Method(rawValue: request.method) else {
            throw KitError.invalidOption(
                name: "--method", value: request.method,
                expected: WeightMerge.Method.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if !request.isDryRun || request.path != nil && request.name != nil {
            try ModelOutput.checkDestination(path: request.path, name: request.name)
        }
        let weights = try Self.weights(request, method)
        let density = try Self.density(request, method)
        let format =
            try request.path.map { path throws(KitError) in try ModelOutput.format(of: path, option: "-o") }
            ?? SafetensorsFormat.self
        let files = try request.sources.map { try ModelFiles($0, in: reading, verify: true) }
        let base = try request.base.map { try ModelFiles($0, in: reading, verify: true) }
        let opened = try files.map { try $0.namedWeights() }
        let states = opened.map { StateDict($0.checkpoint) }
        let own = try base.map { StateDict(try $0.weights()) }
        let baseState = try own.map { try Self.baseState($0, for: states[0]) }
        try Self.check(files, states, base: base.flatMap { files in own.map { (files, $0) } }, baseState)
        let state = try WeightMerge(method: method, weights: weights, density: density).merged(states, base: baseState)
        var result = MergeResult(
            sources: zip(files, zip(opened, weights)).map { files, part in
                .init(source: files.source, format: part.0.checkpoint.format, weight: part.1)
            },
            method: method.rawValue, base: base?.source, density: method == .ties ? density : nil,
            tensorCount: state.tensors.count, parameterCount: state.parameterCount,
            byteCount: state.byteCount(keepsTies: format == PyTorchFormat.self), format: format.name,
            notes: (opened[0].foreignDialect.map { [NameMaps.renamed(from: $0)] } ?? [])
                + states[0].tensors.tied.map { "\($0.joined(separator: " = ")): one tensor in the source, copies now" },
            isDryRun: request.isDryRun)
        announce(result)
        guard !request.isDryRun else { return result }
        let checkpoint = opened[0].checkpoint
        let output = ModelOutput(
            state: state, metadata: Self.metadata(checkpoint, adding: [], format), format: format,
            companions: files[0].companions(of: checkpoint), labels: files[0].labels(of: states[0]),
            replaces: request.replaces)
        let written: ModelOutput.Written
        if let path = request.path {
            written = try output.write(to: path)
        } else {
            var parameters: [JSONMember] = [
                JSONMember("method", .string(method.rawValue)),
                JSONMember("weights", .array(weights.map { .number($0) })),
            ]
            if base != nil { parameters.append(JSONMember("base", .bool(true))) }
            if method == .ties { parameters.append(JSONMember("density", .number(density))) }
            let parts = (files + (base.map { [$0] } ?? [])).map { $0.derivation("merge", parameters: parameters) }
            let derivation = Derivation(
                operation: "merge", parents: parts.flatMap(\.parents), inputs: parts.flatMap(\.inputs),
                parameters: .object(parameters), numericsVersion: parts[0].numericsVersion)
            written = try output.commit(as: try ModelName(request.name ?? ""), derivation: derivation, registry: self) {
                files[0].inherit(into: &$0)
            }
        }
        result.destination = written.destination
        result.files = written.files
        result.weightsDigest = written.weightsDigest
        result.alreadyExisted = written.alreadyExisted
        result.seconds = (clock.now - start).seconds
        return result
    }

    private static func weights(_ request: MergeRequest, _ method: WeightMerge.Method) throws(KitError) -> [Double] {
        let count = request.sources.count
        guard count >= (method.needsBase ? 1 : 2) else { throw .contradiction("give at least two versions") }
        guard method != .slerp || count == 2 else { throw .contradiction("slerp merges two versions, not \(count)") }
        guard method.needsBase == (request.base != nil) else {
            throw .contradiction(
                method.needsBase
                    ? "\(method.rawValue) needs --base, the version that the others were made from"
                    : "\(method.rawValue) has no use for --base")
        }
        guard !request.weights.isEmpty else { return [Double](repeating: 1, count: count) }
        guard request.weights.count == count else {
            throw .contradiction("--weights lists \(Counted(request.weights.count, "number")) for \(count) versions")
        }
        if let weight = request.weights.first(where: { !$0.isFinite }) {
            throw .contradiction("--weights: \(weight) is not a weight")
        }
        guard request.weights.reduce(0, +).isFinite else { throw .contradiction("--weights: their sum is too large") }
        let isMean = method != .taskArithmetic
        guard !isMean || request.weights.allSatisfy({ $0 >= 0 }) && request.weights.contains(where: { $0 > 0 }) else {
            throw .contradiction("--weights are not negative, and one is above zero")
        }
        return request.weights
    }

    private static func density(_ request: MergeRequest, _ method: WeightMerge.Method) throws(KitError) -> Double {
        guard let density = request.density else { return MergeRequest.usualDensity }
        guard method == .ties else { throw .contradiction("\(method.rawValue) has no use for --density") }
        guard density > 0, density <= 1 else {
            throw .invalidOption(name: "--density", value: "\(density)", expected: "above 0 and at most 1")
        }
        return density
    }

    /// The base's tensors; a head that the base has not is taken to have been zero.
    private static func baseState(_ own: StateDict, for state: StateDict) throws -> StateDict {
        let missing = state.tensors.filter { own[$0.info.name] == nil && $0.info.name.hasPrefix("classifier.") }
        return try StateDict(own.tensors + missing.map { CheckpointTensor($0.info) { _ in } })
    }

    /// Keys of config.json that say what becomes of the tensors, whatever their shapes: heads that were taken out, how
    /// hidden states are divided among heads, and the functions between the products.
    private static let meaningfulKeys = [
        "hidden_act", "layer_norm_eps", "model_type", "num_attention_heads", "position_embedding_type", "pruned_heads",
    ]

    /// How the configurations contradict each other, where both have one.
    private static func configurationProblems(_ first: ModelFiles, _ other: ModelFiles) -> [String] {
        guard let a = try? first.configuration(), let b = try? other.configuration() else { return [] }
        return meaningfulKeys.filter { a[$0] != b[$0] }.map { key in
            let (mine, theirs) = (a[key]?.text(.compact) ?? "not there", b[key]?.text(.compact) ?? "not there")
            return "\(key) of config.json is \(mine) in \(first.source) and \(theirs) in \(other.source)"
        }
    }

    /// How the vocabularies differ, where both have one.
    private static func vocabularyProblems(_ first: ModelFiles, _ other: ModelFiles) -> [String] {
        guard let a = try? TokenizerCut(first.tokenizer()), let b = try? TokenizerCut(other.tokenizer()) else {
            return []
        }
        guard !a.pieces.elementsEqual(b.pieces, by: { ExactString($0) == ExactString($1) }) else { return [] }
        return ["the vocabularies of \(first.source) and \(other.source) differ"]
    }

    private static func labelProblems(
        _ first: (source: String, labels: [String]), _ other: (source: String, labels: [String])
    ) -> [String] {
        guard first.labels != other.labels else { return [] }
        func said(_ labels: [String]) -> String { labels.isEmpty ? "none named" : labels.joined(separator: ", ") }
        return [
            "the labels of \(first.source) (\(said(first.labels))) and \(other.source) (\(said(other.labels))) differ"
        ]
    }

    private static func check(
        _ files: [ModelFiles], _ states: [StateDict], base: (files: ModelFiles, state: StateDict)?,
        _ baseState: StateDict?
    ) throws {
        var all = zip(files, states).map { ($0.source, $1) }
        if let base, let baseState { all.append((base.files.source, baseState)) }
        var problems = WeightMerge.problems(all.map { (name: $0.0, state: $0.1) })
        for (file, state) in zip(files, states) {
            if let wide = state.tensors.first(where: { $0.info.dtype == .f64 }) {
                problems.append(
                    "\(wide.info.name) is F64 in \(file.source), and parts are read in f32: merge what zoo convert "
                        + "makes of it with --dtype f32")
            }
        }
        let first = files[0]
        let labels = first.labels(of: states[0])
        for (place, other) in files.enumerated().dropFirst() {
            problems += vocabularyProblems(first, other) + configurationProblems(first, other)
            problems += labelProblems((first.source, labels), (other.source, other.labels(of: states[place])))
        }
        if let base {
            problems += vocabularyProblems(first, base.files) + configurationProblems(first, base.files)
            // A base need not have a head.
            let own = base.files.labels(of: base.state)
            if !own.isEmpty { problems += labelProblems((first.source, labels), (base.files.source, own)) }
        }
        guard problems.isEmpty else {
            throw KitError.invalidMerge("these cannot be merged: " + problems.joined(separator: "; "))
        }
    }
}
