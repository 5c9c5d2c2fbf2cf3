internal import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooStore
internal import ZooText

/// The files of a model, wherever they are: a version in the registry or a folder outside it.
struct ModelFiles {
    /// What errors call it.
    let source: String
    /// Path and bytes of each file, sorted by path.
    let files: [(name: String, bytes: SegmentedBytes)]
    /// The manifest, for a version.
    let manifest: Manifest?
    /// Its digest.
    let version: ContentDigest?

    /// Opens a version.
    ///
    /// With `verify`, bytes that do not match their digests are refused; those of tokenizers always are.
    init(_ version: ModelVersion, in store: Store, verify: Bool) throws(StoreError) {
        try self.init(manifest: version.manifest, called: version.description, in: store, verify: verify)
    }

    /// Opens the files of a manifest, which errors call `source`.
    init(manifest digest: ContentDigest, called source: String, in store: Store, verify: Bool) throws(StoreError) {
        let manifest = try store.manifest(digest)
        var files: [(name: String, bytes: SegmentedBytes)] = []
        for file in manifest.files {
            // A tokenizer is read whole whenever there is one, also by who looks at no weights.
            let isRead = verify || Self.tokenizerFileNames.contains(file.path)
            files.append((file.path, try store.open(file, verify: isRead)))
        }
        self.files = files
        self.manifest = manifest
        self.version = digest
        self.source = source
    }

    /// Hashes all bytes of a version on other cores; see `Store.verification(of:)`.
    func verification(in store: Store) -> Later<Void> { store.verification(of: manifest?.files ?? []) }

    /// Opens the files of a manifest that is not a version yet.
    init(manifest: Manifest, called source: String, in store: Store) throws(StoreError) {
        var files: [(name: String, bytes: SegmentedBytes)] = []
        for file in manifest.files { files.append((file.path, try store.open(file))) }
        (self.files, self.manifest, self.version, self.source) = (files, manifest, nil, source)
    }

    /// Files that are open already, which errors call `source`.
    init(_ files: [(name: String, bytes: SegmentedBytes)], called source: String) {
        (self.files, manifest, version, self.source) = (files.sorted { $0.name < $1.name }, nil, nil, source)
    }

    /// Opens a folder, a single checkpoint file, or the index of shards with these; errors call it `source`, by default its path.
    init(path: String, called source: String? = nil) throws(FileError) {
        self.source = source ?? path
        manifest = nil
        version = nil
        guard FilePaths.isFolder(path) else {
            var files = [(name: FilePaths.name(of: path), bytes: try SegmentedBytes(mapping: path))]
            for shard in try Self.shards(of: path) {
                files.append((FilePaths.name(of: shard), try SegmentedBytes(mapping: shard)))
            }
            self.files = files
            return
        }
        var files: [(name: String, bytes: SegmentedBytes)] = []
        for name in try FilePaths.listRecursively(path) {
            files.append((name, try SegmentedBytes(mapping: FilePaths.join(path, name))))
        }
        self.files = files
    }

    /// The files beside an index that may be its shards: `model-00001-of-00002.safetensors` beside
    /// `model.safetensors.index.json`; none for a path that is no index.
    private static func shards(of path: String) throws(FileError) -> [String] {
        let (name, folder) = (FilePaths.name(of: path), FilePaths.parent(of: path))
        let end = ".index.json"
        guard name.hasSuffix(end), let dot = name.dropLast(end.count).lastIndex(of: ".") else { return [] }
        let (stem, suffix) = (name[..<dot] + "-", name[dot...].dropLast(end.count))
        return try FilePaths.list(folder).filter { $0.hasPrefix(stem) && $0.hasSuffix(suffix) }
            .map { FilePaths.join(folder, $0) }
    }

    /// Opens what an argument names: a version, or a path.
    init(_ text: String, in store: Store, verify: Bool) throws {
        let reference = try Reference(text)
        if case .path(let path) = reference {
            try self.init(path: path)
        } else {
            try self.init(try store.resolve(reference), in: store, verify: verify)
        }
    }

    /// The bytes of the file called `name`.
    func bytes(_ name: String) -> [UInt8]? {
        files.first { $0.name == name }.map { $0.bytes.array(0..<$0.bytes.byteCount) }
    }

    /// `config.json`, parsed.
    func configuration() throws(KitError) -> JSON {
        guard let bytes = bytes("config.json") else { throw .noConfiguration(source: source) }
        do { return try JSONParser.parse(bytes) } catch {
            throw .invalidConfiguration(source: source, reason: error.message)
        }
    }

    /// The labels of the head: the manifest's, or those that config.json names when `state` has a head of that size.
    func labels(of state: StateDict) -> [String] {
        if let manifest { return manifest.labels }
        let named = (try? configuration()).map(HubConfiguration.labels) ?? []
        return state["classifier.weight"]?.info.shape.dimensions.first == named.count ? named : []
    }

    /// The weights.
    func checkpoint() throws(CheckpointError) -> Checkpoint {
        let files = weightFiles
        guard !files.isEmpty else { throw .noWeights(folder: source) }
        guard manifest == nil else { return try Checkpoint.open(files: files) }
        // Errors are to name a file as it can be found again.
        let isFolder = FilePaths.isFolder(source)
        guard isFolder || files.count > 1 else { return try Checkpoint.open(files: [(source, files[0].bytes)]) }
        let folder = isFolder ? source : FilePaths.parent(of: source)
        return try Checkpoint.open(files: files.map { (FilePaths.join(folder, $0.name), $0.bytes) })
    }

    /// The weights, or what can be said of a file that is refused because reading it would run code.
    func survey() throws(CheckpointError) -> Checkpoint {
        do { return try checkpoint() } catch {
            guard case .malformed(_, let fault) = error, fault.identifier == "pickleGlobal", weightFiles.count == 1
            else { throw error }
            let survey = try PyTorchFormat.survey(weightFiles[0].bytes, file: source)
            guard !survey.unreadable.isEmpty else { throw error }
            return survey
        }
    }

    /// The weights under the names that architectures load, whichever program named them.
    func weights() throws -> Checkpoint { try namedWeights().checkpoint }

    /// The weights under the names that architectures load, and the dialect that they were named in, if another.
    func namedWeights() throws -> (checkpoint: Checkpoint, foreignDialect: String?) {
        try NameMaps.canonical(checkpoint(), configuration: try? configuration())
    }

    /// Bytes of the files that hold weights, which stay mapped while the model is used.
    var weightByteCount: Int { weightFiles.reduce(0) { $0 + $1.bytes.byteCount } }

    /// The model with a head; what does not fit is said with the source's name.
    func classifier(_ head: HeadSpecification, dropout: Double? = nil) throws -> SequenceClassifier {
        let (tensors, configuration) = (try weights().views(), try configuration())
        do {
            return try SequenceClassifier.load(
                tensors: tensors, configuration: configuration, head: head, dropout: dropout)
        } catch {
            throw KitError.unusable(source: source, reason: error.message)
        }
    }

    /// Fails when the weights are not the model that config.json describes, as far as its architecture is known.
    ///
    /// A base may lack the pooler, and have a head for a task that is none of ours.
    func checkFits() throws {
        let labelCount = manifest?.labels.count ?? 0
        do {
            _ = try SequenceClassifier.load(
                tensors: try weights().views(), configuration: try configuration(),
                head: HeadSpecification(
                    labelCount: max(labelCount, 1), source: labelCount == 0 ? .fresh(seed: 0) : .stored),
                needsPooler: labelCount > 0)
        } catch let error as ModelError where labelCount == 0 && error.meansOtherTensorsOnly {
            // A head for a task that is none of ours.
        } catch ModelError.unknownModelType {
            // Which architectures can be exported is the exporter's to say.
        } catch let error as ModelError {
            throw KitError.unusable(source: source, reason: error.message)
        }
    }

    /// The files that hold weights: the one to open, and, for an index, whatever may be its shards.
    private var weightFiles: [(name: String, bytes: SegmentedBytes)] {
        guard files.count > 1 else { return files }
        let chosen = WeightFiles.choose(among: files.map(\.name))
        let isSharded = chosen?.hasSuffix(".index.json") == true
        return files.filter { file in
            file.name == chosen || isSharded && WeightFiles.choose(among: [file.name]) != nil
        }
    }

    /// The tokenizer's files: what an export copies and a fine-tuned version keeps.
    static let tokenizerFileNames = [
        "added_tokens.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
    ]

    /// Name and bytes of the tokenizer's files that are there.
    var tokenizerFiles: [(name: String, bytes: [UInt8])] {
        Self.tokenizerFileNames.compactMap { name in bytes(name).map { (name, $0) } }
    }

    /// What an export takes along: the tokenizer's files, and the licence where its text is kept.
    var companions: [(name: String, bytes: [UInt8])] {
        let licences = files.filter { !$0.name.contains("/") && $0.name.uppercased().hasPrefix("LICENSE") }
        return tokenizerFiles + licences.map { ($0.name, $0.bytes.array(0..<$0.bytes.byteCount)) }
    }

    /// The tokenizer.
    func tokenizer() throws(TextError) -> Tokenizer { try Tokenizer.load(files: tokenizerFiles) }
}
