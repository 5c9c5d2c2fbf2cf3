internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore

extension Registry {
    /// Writes the weights that a file, folder or version holds in another format, element type or number of files.
    ///
    /// To a name in the registry the rest of the model goes along, and the new version carries its lineage.
    public func convert(_ request: ConvertRequest) throws -> ConvertResult {
        let clock = ContinuousClock()
        let start = clock.now
        let format = try Self.format(request)
        let files = try ModelFiles(request.source, in: reading, verify: true)
        let checkpoint = try files.checkpoint()
        let ledger = CastLedger()
        let dtype = try request.dtype.map { name in try KitError.floatType(name) }
        var state = StateDict(checkpoint)
        var leftOut = checkpoint.unreadable.map { "\($0.name) (\($0.description)): \($0.reason)" }
        if let keys = request.keys {
            let mapped = try NameMaps.applied(
                to: checkpoint, dialect: keys, configuration: try? files.configuration())
            state = mapped.state
            leftOut += mapped.dropped.map { "\($0.name): \($0.reason)" }
        }
        if let dtype { state = try state.castingFloats(to: dtype, ledger: ledger) }
        let output = ModelOutput(
            state: state,
            metadata: Self.metadata(
                checkpoint, adding: request.metadata, format, isRenamed: request.keys != nil), format: format,
            shardSize: request.shardSize, companions: files.companions(of: checkpoint), labels: files.labels(of: state),
            replaces: request.replaces)
        let written: ModelOutput.Written
        switch try Reference(request.destination) {
        case .path(let path): written = try output.write(to: path)
        case .latest(let name):
            let derivation = files.derivation("convert", parameters: Self.parameters(request, format, dtype))
            written = try output.commit(as: name, derivation: derivation, registry: self) { files.inherit(into: &$0) }
        case .version, .alias, .digest:
            throw KitError.invalidOption(
                name: "the destination", value: request.destination, expected: "a path or a bare name")
        }
        if !checkpoint.optimizerState.isEmpty {
            leftOut.append("optimizer state: \(Counted(checkpoint.optimizerState.count, "tensor"))")
        }
        let keepsTies = format == PyTorchFormat.self
        return ConvertResult(
            source: files.source, sourceFormat: checkpoint.format, destination: written.destination,
            format: format.name, tensorCount: state.tensors.count,
            byteCount: state.byteCount(keepsTies: keepsTies), files: written.files, leftOut: leftOut,
            untied: keepsTies ? [] : state.tensors.tied,
            loss: dtype == nil || written.alreadyExisted ? nil : ConvertResult.Loss(ledger),
            weightsDigest: written.weightsDigest,
            alreadyExisted: written.alreadyExisted, seconds: (clock.now - start).seconds)
    }

    private static func format(_ request: ConvertRequest) throws(KitError) -> any WritableFormat.Type {
        var isName = true
        if case .path? = try? Reference(request.destination) { isName = false }
        let format = try ModelOutput.format(
            named: request.format, of: request.destination, option: "the destination", isName: isName)
        guard request.shardSize != nil else { return format }
        guard format == SafetensorsFormat.self else {
            throw .contradiction("--shard-size: only safetensors are written in shards, not \(format.name)")
        }
        guard !ModelOutput.namesFile(request.destination) else {
            throw .contradiction("--shard-size writes a folder, and \(request.destination) is the name of one file")
        }
        return format
    }

    /// The checkpoint's own metadata with what is added to or replaced in it, and what the format's readers ask for.
    static func metadata(
        _ checkpoint: Checkpoint, adding added: [(name: String, value: String)], _ format: any WritableFormat.Type,
        isRenamed: Bool = false
    ) -> [MetadataEntry] {
        var metadata = added.map { MetadataEntry($0.name, $0.value) }
        func add(_ entries: [MetadataEntry]) {
            let names = Set(metadata.map { ExactString($0.name) })
            metadata += entries.filter { !names.contains(ExactString($0.name)) }
        }
        add(checkpoint.metadata.filter { !isRenamed || !$0.isNameList })
        if format == SafetensorsFormat.self { add(SafetensorsLayout.usualMetadata) }
        return metadata
    }

    private static func parameters(
        _ request: ConvertRequest, _ format: any WritableFormat.Type, _ dtype: DType?
    ) -> [JSONMember] {
        var parameters: [JSONMember] = [JSONMember("format", .string(format.name))]
        if let keys = request.keys { parameters.append(JSONMember("keys", .string(keys))) }
        if let dtype { parameters.append(JSONMember("dtype", .string(dtype.rawValue))) }
        if let size = request.shardSize { parameters.append(JSONMember("shardSize", .integer(size))) }
        if !request.metadata.isEmpty {
            let sorted = request.metadata.sorted { ExactString($0.name) < ExactString($1.name) }
            parameters.append(JSONMember("metadata", .object(sorted.map { JSONMember($0.name, .string($0.value)) })))
        }
        return parameters
    }
}

extension ConvertResult.Loss {
    init(_ ledger: CastLedger) {
        let losses = ledger.losses
        let worst = losses.max { $0.report.largestError < $1.report.largestError }
        self.init(
            tensorCount: losses.count, overflowCount: losses.reduce(0) { $0 + $1.report.overflowCount },
            firstOverflow: losses.first { $0.report.overflowCount > 0 }?.name,
            underflowCount: losses.reduce(0) { $0 + $1.report.underflowCount },
            inexactCount: losses.reduce(0) { $0 + $1.report.inexactCount },
            largestError: worst?.report.largestError ?? 0, largestErrorTensor: worst?.name)
    }
}
