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
        if !request.isDryRun || request.path != nil && request.name != nil {
            try ModelOutput.checkDestination(path: request.path, name: request.name)
        }
        try request.check()
        let format = try request.path.map { path throws(KitError) in try ModelOutput.format(of: path, option: "-o") }
        let files = try ModelFiles(request.source, in: reading, verify: true)
        let job = try SliceJob(request, files: files, format: format ?? SafetensorsFormat.self)
        var result = job.plan
        result.notes += job.foreignDialect.map { [NameMaps.renamed(from: $0)] } ?? []
        announce(result)
        guard !request.isDryRun else { return result }
        let written: ModelOutput.Written
        let output = try job.output()
        if let path = request.path {
            // A result that cannot be run does not appear.
            written = try output.write(to: path) { made in try job.check(made, into: &result) }
            result.notes += job.notes(asFile: ModelOutput.namesFile(path))
        } else {
            written = try output.commit(
                as: try ModelName(request.name ?? ""), derivation: job.derivation, registry: self
            ) { manifest in
                files.inherit(into: &manifest)
                if !job.hasHead { (manifest.task, manifest.head, manifest.labels) = (nil, nil, []) }
                let made = try ModelFiles(manifest: manifest, called: request.name ?? "", in: writing)
                try job.check(made, into: &result)
            }
        }
        if request.dtype != nil, !written.alreadyExisted { result.loss = ConvertResult.Loss(job.ledger) }
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
    let format: any WritableFormat.Type
    let checkpoint: Checkpoint
    let state: StateDict
    /// The labels of the head; none for a base.
    let labels: [String]
    /// The dialect whose names and layouts the tensors had, when the cut gives them those of the architecture.
    let foreignDialect: String?
    /// Nil when no axis of the model is cut.
    let slicePlan: SlicePlan?
    let configuration: JSON?
    let tokenizer: TokenizerCut?
    private let dtype: DType?
    /// Tensors that were left out by name, and those cut to a range of their places.
    private let dropped: [String]
    private let ranges: [SliceResult.RangeCut]
    /// What the conversion to it lost, once the tensors are written.
    let ledger = CastLedger()
    /// What of the derivation says which pieces stay.
    private let vocabulary: [Int]?

    init(_ request: SliceRequest, files: ModelFiles, format: any WritableFormat.Type) throws {
        (self.request, self.files, self.format) = (request, files, format)
        (checkpoint, foreignDialect) = try files.namedWeights()
        dtype = try request.dtype.map { name in try KitError.floatType(name) }
        var state = StateDict(checkpoint)
        labels = files.labels(of: state)
        let cutsVocabulary =
            request.vocabularySize != nil || request.vocabularyFile != nil || request.vocabularyTexts != nil
        let cutsAxes =
            request.layers != nil || !request.keptHeads.isEmpty || request.headCount != nil
            || request.unitCount != nil || cutsVocabulary || request.positionCount != nil
        if cutsAxes {
            let model = try ModelSizes(files, state)
            guard !cutsVocabulary || !files.tokenizerFiles.isEmpty else {
                throw KitError.invalidSlice(
                    "word pieces are cut together with the tokenizer, and \(files.source) has none; give the model's "
                        + "folder")
            }
            let tokenizer = cutsVocabulary ? TokenizerCut(try files.tokenizer()) : nil
            vocabulary = try tokenizer.map { try Self.vocabulary(request, $0) }
            if let tokenizer, tokenizer.pieces.count > model.vocabulary {
                throw KitError.invalidSlice(
                    "the tokenizer has \(tokenizer.pieces.count) word pieces, the model \(model.vocabulary)")
            }
            let plan = try SlicePlan(request, of: model, state: state, vocabulary: vocabulary)
            state = try plan.apply(to: state)
            slicePlan = plan
            self.tokenizer =
                tokenizer ?? (request.positionCount == nil ? nil : (try? files.tokenizer()).map(TokenizerCut.init))
        } else {
            (slicePlan, tokenizer, vocabulary) = (nil, nil, nil)
        }
        configuration = files.bytes("config.json") == nil ? nil : try files.configuration()
        let (only, drop) = (request.only.map { Glob($0) }, request.drop.map { Glob($0) })
        let names = state.names + checkpoint.tensors.map(\.info.name)
        for (option, globs) in [("--only", only), ("--drop", drop)] {
            for glob in globs where !names.contains(where: glob.matches) {
                throw KitError.noMatch(option: option, pattern: glob.description, source: files.source)
            }
        }
        if !only.isEmpty || !drop.isEmpty {
            let whole = state.names
            state = state.filtered(including: only.isEmpty ? [Glob("*")] : only, excluding: drop)
            guard !state.tensors.isEmpty else { throw KitError.invalidSlice("no tensor is left") }
            let left = Set(state.names.map { ExactString($0) })
            dropped = whole.filter { !left.contains(ExactString($0)) }
        } else {
            dropped = []
        }
        var ranges: [SliceResult.RangeCut] = []
        for text in request.ranges {
            let range = try TensorRange(text)
            let before = state[range.name]?.info.shape
            state = try range.apply(to: state, of: files.source)
            if let before, let after = state[range.name]?.info.shape {
                ranges.append(.init(tensor: range.name, before: before.dimensions, after: after.dimensions))
            }
        }
        self.ranges = ranges
        if let dtype { state = try state.castingFloats(to: dtype, ledger: ledger) }
        self.state = state
    }

    private static func vocabulary(_ request: SliceRequest, _ tokenizer: TokenizerCut) throws -> [Int] {
        if let path = request.vocabularyFile {
            guard request.vocabularySize == nil, request.vocabularyTexts == nil else {
                throw KitError.contradiction("--vocab-keep says everything; leave --vocab-size and --vocab-from out")
            }
            let bytes: [UInt8]
            do { bytes = try FilePaths.read(path) } catch { throw KitError.file(error) }
            let lines = try Self.text(bytes, path).split(
                omittingEmptySubsequences: false, whereSeparator: Self.isLineEnd)
            return try tokenizer.listed(
                (lines.last?.isEmpty == true ? lines.dropLast() : lines[...]).map(String.init), file: path)
        }
        guard let size = request.vocabularySize else {
            throw KitError.contradiction("--vocab-from needs --vocab-size")
        }
        guard size <= tokenizer.pieces.count else {
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
        let lines = try text(bytes, path).split(whereSeparator: isLineEnd).map(String.init)
        guard !lines.isEmpty else { throw KitError.invalidSlice("--vocab-from: there is no text in \(path)") }
        return lines
    }

    private static func isLineEnd(_ character: Character) -> Bool { character == "\n" || character == "\r\n" }

    private static func text(_ bytes: [UInt8], _ path: String) throws(KitError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw .invalidSlice("\(path) is not text in UTF-8")
        }
        return text
    }

    /// Whether a head is left.
    var hasHead: Bool { state["classifier.weight"] != nil }

    /// What will be done.
    var plan: SliceResult {
        let before = StateDict(checkpoint)
        return SliceResult(
            source: files.source, changes: slicePlan.map(Self.changes) ?? [], dropped: dropped, ranges: ranges,
            tensorsBefore: before.tensors.count, tensorsAfter: state.tensors.count,
            parametersBefore: before.parameterCount, parametersAfter: state.parameterCount,
            bytesBefore: before.byteCount(keepsTies: true),
            bytesAfter: state.byteCount(keepsTies: format == PyTorchFormat.self),
            dtype: dtype?.rawValue, isExact: (slicePlan?.isExact ?? true) && !isRounded, isDryRun: request.isDryRun)
    }

    /// Whether a change of type may round.
    private var isRounded: Bool {
        guard let dtype else { return false }
        return checkpoint.tensors.contains { tensor in
            let own = tensor.info.dtype
            return own.isFloat && own != dtype && (own.bitWidth >= dtype.bitWidth)
        }
    }

    private static func changes(_ plan: SlicePlan) -> [SliceResult.Change] {
        let (before, after, kept) = (plan.model, plan.after, plan.kept)
        var changes: [SliceResult.Change] = []
        func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
        func add(_ what: String, _ before: Int, _ after: Int, _ kept: String?) {
            if before != after || kept != nil {
                changes.append(.init(what: what, before: before, after: after, kept: kept))
            }
        }
        add("layers", before.layers, after.layers, kept.layers == Array(0..<before.layers) ? nil : list(kept.layers))
        for (layer, heads) in kept.heads.enumerated() where heads != kept.presentHeads[layer] {
            add("heads of layer \(kept.layers[layer])", kept.presentHeads[layer].count, heads.count, list(heads))
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
            if file.name == "config.json", let cut = cutConfiguration {
                replaced = Array((cut.text(.pretty) + "\n").utf8)
            } else if let tokenizer, let slicePlan {
                replaced = try tokenizer.rewrite(
                    file.name, bytes, keeping: slicePlan.kept.vocabulary, maximumLength: request.positionCount)
            }
            companions.append(
                (file.name, replaced.map { SegmentedBytes([ByteStorage(copying: $0)]) } ?? file.bytes))
        }
        return ModelOutput(
            state: state, metadata: Registry.metadata(checkpoint, adding: [], format, isRenamed: slicePlan != nil),
            format: format, companions: companions, labels: labels, replaces: request.replaces)
    }

    /// config.json of the result; nil when it stays as it is.
    private var cutConfiguration: JSON? {
        guard let configuration else { return nil }
        if let slicePlan { return slicePlan.configuration(from: configuration, dtype: dtype) }
        return dtype.map { HubConfiguration.writing($0, into: configuration) }
    }

    /// What whoever opens the written file or folder elsewhere has to know.
    func notes(asFile: Bool) -> [String] {
        guard let slicePlan, let cut = cutConfiguration else { return [] }
        if asFile { return ["the config.json that fits is not in a file of weights; -o FOLDER/ writes it too"] }
        var notes: [String] = []
        if let key = slicePlan.model.axes.prunedHeadsKey, cut[key] != nil {
            notes.append("transformers 5 does not read \(key) of config.json and cannot load this folder; zoo can")
        }
        return notes
    }

    /// Every choice that went in; importance is decided before, so the numbers kept say it all.
    var derivation: Derivation {
        var parameters: [JSONMember] = []
        func numbers(_ list: [Int]) -> JSON { .array(list.map { .integer($0) }) }
        if let slicePlan, case let kept = slicePlan.kept {
            parameters.append(JSONMember("layers", numbers(kept.layers)))
            if slicePlan.model.heads != nil {
                parameters.append(JSONMember("heads", .array(kept.heads.map(numbers))))
            }
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

    /// Whether tensors were left out or cut by name, so that the result need be no model any more.
    private var isPart: Bool { !request.only.isEmpty || !request.drop.isEmpty || !request.ranges.isEmpty }

    /// Runs the result beside the original, or says why that cannot be.
    ///
    /// - Throws: what loading throws when the original can be run and a cut of whole axes cannot; `KitError.notFinite`.
    func check(_ made: ModelFiles, into result: inout SliceResult) throws {
        guard configuration != nil, !files.tokenizerFiles.isEmpty else {
            result.notRun = configuration == nil ? "there is no config.json" : "there is no tokenizer"
            return
        }
        let original: SliceCheck.Side
        do { original = try SliceCheck.Side(files, checkpoint, labelCount: labels.count) } catch {
            guard let reason = SliceCheck.reason(error) else { throw error }
            result.notRun = "the original cannot be run either: \(reason)"
            return
        }
        let cut: SliceCheck.Side
        do { cut = try SliceCheck.Side(made, try made.weights(), labelCount: labels.count) } catch {
            guard isPart, let reason = SliceCheck.reason(error) else { throw error }
            result.notRun = "it is no model of its config.json any more: \(reason)"
            return
        }
        let check = try SliceCheck(original, cut)
        guard check.isOriginalFinite else {
            result.notRun = "there is nothing to compare: outputs of the original are not finite"
            return
        }
        result.check = SliceResult.Check(
            outputs: check.outputs, textCount: check.textCount, leftOutCount: check.leftOutCount,
            largestDifference: check.largestDifference, relativeChange: check.relativeChange)
    }
}
