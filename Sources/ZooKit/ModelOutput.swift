internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore
internal import ZooTensor

/// Weights and what goes along with them, on the way to a file, a model folder or a version.
struct ModelOutput {
    /// What was made.
    struct Written {
        /// The path or version.
        var destination: String
        /// Names of the files, sorted.
        var files: [String]
        /// For a version.
        var weightsDigest: ContentDigest?
        /// Whether a version was there already.
        var alreadyExisted = false
    }

    /// The tensors.
    var state: StateDict
    /// The checkpoint's metadata.
    var metadata: [MetadataEntry]
    /// The format of the weights.
    var format: any WritableFormat.Type = SafetensorsFormat.self
    /// Bytes a shard may have; nil for the usual.
    var shardSize: Int?
    /// The model's other files, by path: for folders and versions.
    var companions: [(name: String, bytes: SegmentedBytes)]
    /// The labels of the head, which a folder names in its config.json; a version has them in its manifest.
    var labels: [String] = []
    /// Whether a file that is there may be replaced.
    var replaces = false

    /// Fails unless exactly one of the two says where a result goes.
    static func checkDestination(path: String?, name: String?) throws(KitError) {
        guard path == nil || name == nil else { throw .contradiction("give -o PATH or --name NAME, not both") }
        guard path != nil || name != nil else {
            throw .contradiction("say where the result goes: -o PATH or --name NAME")
        }
    }

    /// Whether `path` ends as the files of a writable format do, so that it names a file and not a folder.
    static func namesFile(_ path: String) -> Bool { Formats.writable(named: nil, path: path) != nil }

    /// The format of what is written to `path`: the one called `name`, else the one that the suffix names, else safetensors
    /// in a folder.
    ///
    /// `isName` when it may be a name in the registry, which may end in anything.
    ///
    /// - Throws: `KitError.invalidOption`; `option` is what says where to write.
    static func format(
        named name: String? = nil, of path: String, option: String, isName: Bool = false
    ) throws(KitError) -> any WritableFormat.Type {
        func refused(_ name: String, _ value: String, _ expected: String) -> KitError {
            .invalidOption(name: name, value: value, expected: expected)
        }
        let suffixes = Formats.writable.map { $0.suffix }.joined(separator: ", ")
        if Formats.isReadOnly(path: path) {
            throw refused(
                option, path,
                "a folder, a name, or a file of a format that can be written: one that ends in \(suffixes)")
        }
        if let name {
            guard let format = Formats.writable(named: name, path: path) else {
                throw refused("--to", name, "one of " + Formats.writableNames.joined(separator: ", "))
            }
            return format
        }
        if let format = Formats.writable(named: nil, path: path) { return format }
        guard isName || !hasUnknownSuffix(path) else {
            throw refused(
                option, path, "a file that ends in \(suffixes), or a folder (end it with / when its name has a dot)")
        }
        return SafetensorsFormat.self
    }

    /// Whether `path` ends like a file: in a dot and a few letters and digits that are no version (`.v2`).
    private static func hasUnknownSuffix(_ path: String) -> Bool {
        let name = FilePaths.name(of: path)
        guard !path.hasSuffix("/"), let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
        let suffix = name[dot...].dropFirst()
        guard (1...12).contains(suffix.count), suffix.first?.isLetter == true else { return false }
        return suffix.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            && !(suffix.first == "v" && suffix.dropFirst().allSatisfy(\.isNumber))
    }

    /// Writes a file, or a whole model folder when `path` does not end like a checkpoint file.
    ///
    /// `check` is told what was written before it gets its name; what it throws leaves everything as it was. A file is
    /// checked together with what would lie beside it in a folder.
    func write(to path: String, check: (ModelFiles) throws -> Void = { _ in }) throws -> Written {
        if Self.namesFile(path) {
            guard replaces || !FilePaths.exists(path) else { throw KitError.exists(path: path) }
            try format.layout(state, metadata: metadata).write(to: path) { workPath in
                try check(
                    ModelFiles(
                        [(weightsName, try SegmentedBytes(mapping: workPath))] + companions, called: path))
            }
            return Written(destination: path, files: [FilePaths.name(of: path)])
        }
        let folder = try AtomicFolder(at: path)
        for file in companions {
            let target = FilePaths.join(folder.workPath, file.name)
            try FilePaths.makeFolder(FilePaths.parent(of: target))
            try AtomicFile.write(fitted(file.name, file.bytes.array(0..<file.bytes.byteCount)), to: target)
        }
        if format == SafetensorsFormat.self {
            try sharded().write(to: folder.workPath)
        } else {
            try format.layout(state, metadata: metadata).write(to: FilePaths.join(folder.workPath, weightsName))
        }
        let names = try FilePaths.listRecursively(folder.workPath)
        try check(try ModelFiles(path: folder.workPath, called: folder.path))
        let destination = folder.path
        try folder.commit()
        return Written(destination: destination, files: names)
    }

    /// Makes the result a version of `name`, unless `derivation` already is one; `describe` completes the manifest.
    func commit(
        as name: ModelName, derivation: Derivation, registry: Registry, describe: (inout Manifest) throws -> Void
    ) throws -> Written {
        let store = registry.writing
        if let version = try store.version(derivedBy: derivation.digest, named: name), version.name == name,
            case let manifest = try store.manifest(of: version), store.isComplete(manifest)
        {
            return Written(
                destination: version.description, files: manifest.files.map(\.path),
                weightsDigest: manifest.weightsDigest, alreadyExisted: true)
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
        var manifest = Manifest(files: stored, derivation: derivation)
        try registry.describe(&manifest, in: store)
        try describe(&manifest)
        let commit = try writer.commit(
            manifest, as: name, facts: try ParameterCount.facts(of: manifest, for: writer))
        return Written(
            destination: commit.version.description, files: manifest.files.map(\.path),
            weightsDigest: manifest.weightsDigest)
    }

    /// The bytes of a companion in a folder: config.json tells the labels of the head and the type of the weights, which
    /// of a version its manifest tells.
    private func fitted(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        guard name == "config.json", let configuration = try? JSONParser.parse(bytes),
            let fitted = HubConfiguration.fitting(
                configuration, labels: hasHead ? labels : nil,
                dtypes: Set(state.tensors.map(\.info.dtype).filter(\.isFloat)))
        else { return bytes }
        return Array((fitted.text(.pretty) + "\n").utf8)
    }

    /// Whether there is a head, in any dialect.
    private var hasHead: Bool { state.names.contains { $0.contains("classifier") } }

    private var weightsName: String { "model" + format.suffix }

    private func sharded() throws(CheckpointError) -> ShardedSafetensors {
        try ShardedSafetensors(
            state, shardSize: shardSize ?? ShardedSafetensors.usualShardSize, metadata: metadata)
    }
}

extension ModelFiles {
    /// The files beside the weights that `checkpoint` was opened from; none for a single checkpoint file.
    func companions(of checkpoint: Checkpoint) -> [(name: String, bytes: SegmentedBytes)] {
        let weights = Set(checkpoint.files.map { FilePaths.name(of: $0.name) })
        return files.filter { !weights.contains($0.name) && !WeightFiles.isCheckpoint($0.name) }
    }

    /// A derivation of these files: of the version, or of files that were never in the registry.
    func derivation(_ operation: String, parameters: [JSONMember]) -> Derivation {
        Derivation(
            operation: operation, parents: version.map { [$0] } ?? [],
            inputs: version == nil ? files.map { .init(role: "file", digest: $0.bytes.digest) } : [],
            parameters: .object(parameters), numericsVersion: numericsVersion)
    }

    /// What a version made of these files keeps of their manifest.
    func inherit(into manifest: inout Manifest) {
        guard let own = self.manifest else { return }
        if manifest.architecture == nil { manifest.architecture = own.architecture }
        manifest.task = own.task
        manifest.head = own.head
        manifest.labels = own.labels
        manifest.licences = own.licences
    }
}

extension KitError {
    /// The type that an option such as `--dtype` names.
    ///
    /// - Throws: `KitError.invalidOption`.
    static func floatType(_ name: String, option: String = "--dtype") throws(KitError) -> DType {
        let known: [DType] = [.f32, .f16, .bf16, .f64]
        guard let dtype = known.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
            throw .invalidOption(name: option, value: name, expected: "f32, f16, bf16 or f64")
        }
        return dtype
    }
}
