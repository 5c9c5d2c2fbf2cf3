internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore
internal import ZooTensor

extension Registry {
    /// Writes the weights that a file, folder or version holds in another format, element type or number of files.
    ///
    /// To a name in the registry the rest of the model goes along, and the new version carries its lineage.
    public func convert(_ request: ConvertRequest) throws -> ConvertResult {
        let clock = ContinuousClock()
        let start = clock.now
        let conversion = try Conversion(request, registry: self)
        let written: Conversion.Written
        switch try Reference(request.destination) {
        case .path(let path): written = try conversion.write(to: path)
        case .latest(let name): written = try conversion.commit(as: name, registry: self)
        case .version, .alias, .digest:
            throw KitError.invalidOption(
                name: "the destination", value: request.destination, expected: "a path or a bare name")
        }
        return conversion.result(written, seconds: (clock.now - start).seconds)
    }
}

/// A conversion with everything decided.
private struct Conversion {
    struct Written {
        var destination: String
        var files: [String]
        var weightsDigest: ContentDigest?
    }

    let request: ConvertRequest
    let files: ModelFiles
    let checkpoint: Checkpoint
    let format: any WritableFormat.Type
    let state: StateDict
    let metadata: [MetadataEntry]
    private let ledger = CastLedger()
    private let dtype: DType?

    init(_ request: ConvertRequest, registry: Registry) throws {
        self.request = request
        files = try ModelFiles(request.source, in: registry.reading, verify: true)
        checkpoint = try files.checkpoint()
        guard
            let format = request.format == nil && !Self.namesFile(request.destination)
                ? SafetensorsFormat.self : Formats.writable(named: request.format, path: request.destination)
        else {
            throw KitError.invalidOption(
                name: "--to", value: request.format ?? request.destination,
                expected: "one of " + Formats.writable.map { $0.name }.joined(separator: ", "))
        }
        self.format = format
        dtype = try request.dtype.map(Self.floatType)
        var state = StateDict(checkpoint)
        if let dtype { state = try state.castingFloats(to: dtype, ledger: ledger) }
        self.state = state
        let added = request.metadata.map { MetadataEntry($0.name, $0.value) }
        var names = Set(added.map { ExactString($0.name) })
        var metadata = added + checkpoint.metadata.filter { !names.contains(ExactString($0.name)) }
        names = Set(metadata.map { ExactString($0.name) })
        if format == SafetensorsFormat.self {
            metadata += SafetensorsLayout.usualMetadata.filter { !names.contains(ExactString($0.name)) }
        }
        self.metadata = metadata
    }

    /// Whether a path ends as the files of a format do, so that it names a file and not a folder.
    private static func namesFile(_ path: String) -> Bool { Formats.writable(named: nil, path: path) != nil }

    /// Writes a file, or a whole model folder when `path` ends like no file of the format.
    func write(to path: String) throws -> Written {
        if Self.namesFile(path), request.shardSize == nil {
            guard request.replaces || !FilePaths.exists(path) else {
                throw KitError.file(FileError("create", path, errno: 17))
            }
            try format.layout(state, metadata: metadata).write(to: path)
            return Written(destination: path, files: [FilePaths.name(of: path)], weightsDigest: nil)
        }
        let folder = try AtomicFolder(at: path)
        for file in companions {
            let target = FilePaths.join(folder.workPath, file.name)
            try FilePaths.makeFolder(FilePaths.parent(of: target))
            try AtomicFile.write(file.bytes.array(0..<file.bytes.byteCount), to: target)
        }
        if format == SafetensorsFormat.self {
            try sharded().write(to: folder.workPath)
        } else {
            try format.layout(state, metadata: metadata).write(to: FilePaths.join(folder.workPath, weightsName))
        }
        let names = try FilePaths.listRecursively(folder.workPath)
        let destination = folder.path
        try folder.commit()
        return Written(destination: destination, files: names, weightsDigest: nil)
    }

    /// Makes the result a version of `name`.
    func commit(as name: ModelName, registry: Registry) throws -> Written {
        let store = registry.writing
        var parameters: [JSONMember] = [JSONMember("format", .string(format.name))]
        if let dtype { parameters.append(JSONMember("dtype", .string(dtype.rawValue))) }
        if let size = request.shardSize { parameters.append(JSONMember("shardSize", .integer(size))) }
        if !request.metadata.isEmpty {
            let sorted = request.metadata.sorted { ExactString($0.name) < ExactString($1.name) }
            parameters.append(JSONMember("metadata", .object(sorted.map { JSONMember($0.name, .string($0.value)) })))
        }
        let derivation = Derivation(
            operation: "convert", parents: files.version.map { [$0] } ?? [],
            inputs: files.version == nil ? files.files.map { .init(role: "file", digest: $0.bytes.digest) } : [],
            parameters: .object(parameters), numericsVersion: numericsVersion)
        if let version = try store.version(derivedBy: derivation.digest, named: name), version.name == name {
            return Written(
                destination: version.description, files: [],
                weightsDigest: try store.manifest(of: version).weightsDigest)
        }
        let writer = try store.writer()
        var stored: [StoredFile] = []
        for file in companions {
            stored.append(try writer.add(file.name, bytes: file.bytes.array(0..<file.bytes.byteCount)))
        }
        if format == SafetensorsFormat.self {
            let sharded = try sharded()
            for shard in sharded.shards { stored.append(try writer.add(shard.name, layout: shard.layout)) }
            if let index = sharded.index { stored.append(try writer.add(Checkpoint.indexFile, bytes: index)) }
        } else {
            stored.append(try writer.add(weightsName, layout: try format.layout(state, metadata: metadata)))
        }
        try writer.publish()
        var manifest = Manifest(
            files: stored, architecture: files.manifest?.architecture, task: files.manifest?.task,
            head: files.manifest?.head, labels: files.manifest?.labels ?? [],
            licences: files.manifest?.licences ?? [], derivation: derivation)
        try registry.describe(&manifest, in: store)
        let commit = try writer.commit(manifest, as: name)
        return Written(
            destination: commit.version.description, files: manifest.files.map(\.path),
            weightsDigest: manifest.weightsDigest)
    }

    private var weightsName: String { "model" + format.suffix }

    private func sharded() throws(CheckpointError) -> ShardedSafetensors {
        try ShardedSafetensors(
            state, shardSize: request.shardSize ?? ShardedSafetensors.usualShardSize, metadata: metadata)
    }

    /// The model's other files; none for a single checkpoint file.
    private var companions: [(name: String, bytes: SegmentedBytes)] {
        let weights = Set(checkpoint.files.map { FilePaths.name(of: $0.name) })
        return files.files.filter { file in
            !weights.contains(file.name) && WeightFiles.choose(among: [file.name]) == nil
        }
    }

    func result(_ written: Written, seconds: Double) -> ConvertResult {
        let losses = ledger.losses
        let worst = losses.max { $0.report.largestError < $1.report.largestError }
        let loss = dtype.map { _ in
            ConvertResult.Loss(
                tensorCount: losses.count, overflowCount: losses.reduce(0) { $0 + $1.report.overflowCount },
                firstOverflow: losses.first { $0.report.overflowCount > 0 }?.name,
                underflowCount: losses.reduce(0) { $0 + $1.report.underflowCount },
                inexactCount: losses.reduce(0) { $0 + $1.report.inexactCount },
                largestError: worst?.report.largestError ?? 0, largestErrorTensor: worst?.name)
        }
        var leftOut = checkpoint.unreadable.map { "\($0.name) (\($0.description)): \($0.reason)" }
        if !checkpoint.optimizerState.isEmpty {
            leftOut.append("optimizer state: \(checkpoint.optimizerState.count) tensors")
        }
        return ConvertResult(
            source: files.source, sourceFormat: checkpoint.format, destination: written.destination,
            format: format.name, tensorCount: state.tensors.count,
            byteCount: state.tensors.reduce(0) { $0 + $1.info.byteCount }, files: written.files, leftOut: leftOut,
            loss: loss, weightsDigest: written.weightsDigest, seconds: seconds)
    }

    private static func floatType(_ name: String) throws(KitError) -> DType {
        let known: [DType] = [.f32, .f16, .bf16, .f64]
        guard let dtype = known.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
            throw .invalidOption(name: "--dtype", value: name, expected: "f32, f16, bf16 or f64")
        }
        return dtype
    }
}
