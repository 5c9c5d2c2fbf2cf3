internal import ZooBase
internal import ZooCheckpoint
internal import ZooData
internal import ZooModels
internal import ZooStore
internal import ZooText

extension Registry {
    /// Cuts layers, heads, units, word pieces, positions or tensors out of a model, carries the cut through every coupled
    /// tensor, the configuration and the tokenizer, and runs the result.
    ///
    /// `announce` is told the plan before anything is written.
    public func slice(_ request: SliceRequest, announce: (SliceResult) -> Void) throws -> SliceResult {
        let clock = ContinuousClock()
        let start = clock.now
        guard (request.path == nil) != (request.name == nil) || request.isDryRun else {
            throw KitError.invalidSlice("say where the result goes: -o PATH or --name NAME")
        }
        let files = try ModelFiles(request.source, in: reading, verify: true)
        let job = try SliceJob(request, files: files)
        var result = job.plan
        announce(result)
        guard !request.isDryRun else { return result }
        let written: ModelOutput.Written
        let output = try job.output()
        if let path = request.path {
            written = try output.write(to: path)
            if job.isModel, !ModelOutput.namesFile(path) {
                do { result.check = try job.check(try ModelFiles(path: written.destination)) } catch {
                    // A result that cannot be run is not left behind.
                    try? FilePaths.remove(written.destination)
                    throw error
                }
            }
        } else {
            written = try output.commit(
                as: try ModelName(request.name ?? ""), derivation: job.derivation, registry: self
            ) { manifest in
                files.inherit(into: &manifest)
                guard job.isModel else { return }
                let made = try ModelFiles(manifest: manifest, called: request.name ?? "", in: writing)
                result.check = try job.check(made)
            }
        }
        result.destination = written.destination
        result.weightsDigest = written.weightsDigest
        result.alreadyExisted = written.alreadyExisted
        result.seconds = (clock.now - start).seconds
        return result
    }
}

/// A cut with everything decided.
private struct SliceJob {
    let request: SliceRequest
    let files: ModelFiles
    let checkpoint: Checkpoint
    let state: StateDict
    /// Nil when no axis of the model is cut.
    let slicePlan: SlicePlan?
    let configuration: JSON?
    let tokenizer: TokenizerCut?
    private let dtype: DType?
    /// What of the derivation says which pieces stay.
    private let vocabulary: [Int]?

    init(_ request: SliceRequest, files: ModelFiles) throws {
        self.request = request
        self.files = files
        checkpoint = try files.weights()
        dtype = try request.dtype.map { name in try KitError.floatType(name) }
        var state = StateDict(checkpoint)
        let cutsVocabulary =
            request.vocabularySize != nil || request.vocabularyFile != nil || request.vocabularyTexts != nil
        let cutsAxes =
            request.layers != nil || !request.keptHeads.isEmpty || request.headCount != nil
            || request.unitCount != nil || cutsVocabulary || request.positionCount != nil
        if cutsAxes {
            let configuration = try files.configuration()
            guard let type = configuration["model_type"]?.string, let architecture = Architectures.find(type) else {
                throw KitError.invalidSlice(
                    "config.json does not name an architecture whose parts are known; --only, --drop and --range "
                        + "work on any file")
            }
            let tokenizer = cutsVocabulary ? TokenizerCut(try files.tokenizer()) : nil
            vocabulary = try tokenizer.map { try Self.vocabulary(request, $0) }
            let plan = try SlicePlan(
                request, architecture: architecture, configuration: configuration, state: state,
                vocabulary: vocabulary)
            if let tokenizer, tokenizer.pieces.count > plan.before.vocabulary {
                throw KitError.invalidSlice(
                    "the tokenizer has \(tokenizer.pieces.count) word pieces, the model \(plan.before.vocabulary)")
            }
            state = try plan.apply(to: state)
            slicePlan = plan
            self.configuration = configuration
            self.tokenizer =
                tokenizer ?? (request.positionCount == nil ? nil : (try? files.tokenizer()).map(TokenizerCut.init))
        } else {
            (slicePlan, configuration, tokenizer, vocabulary) = (nil, try? files.configuration(), nil, nil)
        }
        if !request.only.isEmpty || !request.drop.isEmpty {
            state = state.filtered(
                including: request.only.isEmpty ? [Glob("*")] : request.only.map { Glob($0) },
                excluding: request.drop.map { Glob($0) })
            guard !state.tensors.isEmpty else { throw KitError.invalidSlice("no tensor is left") }
        }
        for range in request.ranges { state = try TensorRange(range).apply(to: state) }
        if let dtype { state = try state.castingFloats(to: dtype) }
        self.state = state
    }

    private static func vocabulary(_ request: SliceRequest, _ tokenizer: TokenizerCut) throws -> [Int] {
        if let path = request.vocabularyFile {
            guard request.vocabularySize == nil, request.vocabularyTexts == nil else {
                throw KitError.invalidSlice("--vocab-keep says everything; leave --vocab-size and --vocab-from out")
            }
            let bytes: [UInt8]
            do { bytes = try FilePaths.read(path) } catch { throw KitError.file(error) }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            return try tokenizer.listed(
                (lines.last?.isEmpty == true ? lines.dropLast() : lines[...]).map(String.init), file: path)
        }
        guard let size = request.vocabularySize else {
            throw KitError.invalidSlice("--vocab-from needs --vocab-size")
        }
        guard (1...tokenizer.pieces.count).contains(size) else {
            throw KitError.invalidSlice("--vocab-size \(size): the model has \(tokenizer.pieces.count) word pieces")
        }
        return try tokenizer.choose(
            size: size, texts: try request.vocabularyTexts.map(Self.texts) ?? [], threads: Threads.available)
    }

    /// The texts of a data file, or the lines of any other.
    private static func texts(_ path: String) throws -> [String] {
        if [".csv", ".tsv", ".jsonl"].contains(where: path.lowercased().hasSuffix) {
            var request = DataRequest()
            request.path = path
            return try LoadedData(request, task: nil, sample: .train).dataset.rows.map(\.text)
        }
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path) } catch { throw KitError.file(error) }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Whether the result can be run.
    var isModel: Bool {
        slicePlan != nil && request.only.isEmpty && request.ranges.isEmpty && !files.tokenizerFiles.isEmpty
    }

    /// What will be done.
    var plan: SliceResult {
        func parameters(_ state: StateDict) -> Int {
            state.tensors.filter(\.info.dtype.isFloat).reduce(0) { $0 + $1.info.shape.elementCount }
        }
        let before = StateDict(checkpoint)
        return SliceResult(
            source: files.source, changes: slicePlan.map(Self.changes) ?? [],
            tensorsBefore: before.tensors.count, tensorsAfter: state.tensors.count,
            parametersBefore: parameters(before), parametersAfter: parameters(state),
            bytesBefore: before.tensors.reduce(0) { $0 + $1.info.byteCount },
            bytesAfter: state.tensors.reduce(0) { $0 + $1.info.byteCount },
            isExact: slicePlan?.isExact ?? true, isDryRun: request.isDryRun)
    }

    private static func changes(_ plan: SlicePlan) -> [SliceResult.Change] {
        let (before, after, kept) = (plan.before, plan.after, plan.kept)
        var changes: [SliceResult.Change] = []
        func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
        func add(_ what: String, _ before: Int, _ after: Int, _ kept: String?) {
            if before != after || kept != nil {
                changes.append(.init(what: what, before: before, after: after, kept: kept))
            }
        }
        add("layers", before.layers, after.layers, kept.layers == Array(0..<before.layers) ? nil : list(kept.layers))
        for (layer, heads) in kept.heads.enumerated() where heads != kept.presentHeads[layer] {
            add("heads of layer \(layer)", kept.presentHeads[layer].count, heads.count, list(heads))
        }
        add("units a layer", before.units, after.units, nil)
        add("word pieces", before.vocabulary, after.vocabulary, nil)
        add("positions", before.positions, after.positions, nil)
        return changes
    }

    /// The tensors and files of the result.
    func output() throws -> ModelOutput {
        var companions: [(name: String, bytes: SegmentedBytes)] = []
        for file in files.companions(of: checkpoint) {
            let bytes = file.bytes.array(0..<file.bytes.byteCount)
            var replaced: [UInt8]?
            if file.name == "config.json", let slicePlan, let configuration {
                let cut = slicePlan.configuration(from: configuration, dtype: dtype)
                replaced = Array((cut.text(.pretty) + "\n").utf8)
            } else if let tokenizer, let slicePlan {
                replaced = try tokenizer.rewrite(
                    file.name, bytes, keeping: slicePlan.kept.vocabulary, maximumLength: request.positionCount)
            }
            companions.append(
                (file.name, replaced.map { SegmentedBytes([ByteStorage(copying: $0)]) } ?? file.bytes))
        }
        return ModelOutput(
            state: state, metadata: Registry.metadata(checkpoint, adding: [], SafetensorsFormat.self),
            companions: companions, replaces: request.replaces)
    }

    /// Every choice that went in; importance is decided before, so the numbers kept say it all.
    var derivation: Derivation {
        var parameters: [JSONMember] = []
        func numbers(_ list: [Int]) -> JSON { .array(list.map { .integer($0) }) }
        if let kept = slicePlan?.kept {
            parameters.append(JSONMember("layers", numbers(kept.layers)))
            parameters.append(JSONMember("heads", .array(kept.heads.map(numbers))))
            parameters.append(JSONMember("units", .array(kept.units.map { .string(Self.digest($0)) })))
            parameters.append(JSONMember("positions", .integer(kept.positions)))
        }
        if let vocabulary {
            parameters.append(JSONMember("vocabulary", .string(Self.digest(vocabulary))))
            parameters.append(JSONMember("vocabularySize", .integer(vocabulary.count)))
        }
        for (key, list) in [("only", request.only), ("drop", request.drop), ("ranges", request.ranges)]
        where !list.isEmpty {
            parameters.append(JSONMember(key, .array(list.map { .string($0) })))
        }
        if let dtype { parameters.append(JSONMember("dtype", .string(dtype.rawValue))) }
        return files.derivation("slice", parameters: parameters)
    }

    private static func digest(_ numbers: [Int]) -> String {
        ContentDigest(of: numbers.map(String.init).joined(separator: ",")).hex
    }

    /// Runs the result beside the original; nil when tensors that it needs were left out on purpose.
    func check(_ made: ModelFiles) throws -> SliceResult.Check? {
        let labels = files.manifest?.labels ?? []
        let check: SliceCheck
        do { check = try SliceCheck(files, checkpoint, made, labelCount: labels.isEmpty ? nil : labels.count) } catch {
            guard case ModelError.weights = error, !request.drop.isEmpty else { throw error }
            return nil
        }
        return SliceResult.Check(
            textCount: check.textCount, leftOutCount: check.leftOutCount,
            largestDifference: check.largestDifference, relativeChange: check.relativeChange)
    }
}

/// Part of a tensor: `NAME[0:1000]`, `NAME[:, 0:64]`.
private struct TensorRange {
    let name: String
    let parts: [(lower: Int?, upper: Int?)]

    init(_ text: String) throws(KitError) {
        guard text.hasSuffix("]"), let open = text.lastIndex(of: "["), open != text.startIndex else {
            throw .invalidOption(name: "--range", value: text, expected: "NAME[from:to], NAME[:, from:to]")
        }
        name = String(text[..<open])
        var parts: [(Int?, Int?)] = []
        for part in text[open...].dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: ":", omittingEmptySubsequences: false)
                .map { $0.trimmingPrefix { $0 == " " } }
            let numbers = ends.map { Int($0) }
            guard ends.count == 2, zip(ends, numbers).allSatisfy({ $0.isEmpty || $1 != nil }) else {
                throw .invalidOption(name: "--range", value: text, expected: "NAME[from:to], NAME[:, from:to]")
            }
            parts.append((numbers[0], numbers[1]))
        }
        self.parts = parts
    }

    func apply(to state: StateDict) throws -> StateDict {
        guard let tensor = state[name] else { throw KitError.invalidSlice("--range: there is no tensor \(name)") }
        var cut = tensor
        guard parts.count <= tensor.info.shape.rank else {
            throw KitError.invalidSlice("--range: \(name) is \(tensor.info.shape)")
        }
        for (axis, part) in parts.enumerated() {
            let length = tensor.info.shape[axis]
            let (lower, upper) = (part.lower ?? 0, part.upper ?? length)
            guard lower >= 0, lower < upper, upper <= length else {
                throw KitError.invalidSlice(
                    "--range: \(lower):\(upper) lies outside axis \(axis) of \(name), \(length)")
            }
            cut = try cut.gathered(axis: axis, runs: [lower..<upper])
        }
        return try StateDict(state.tensors.map { $0.info.name == name ? cut : $0 })
    }
}
