internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore
internal import ZooTensor

extension Registry {
    /// Brings a model from a mirror into the registry.
    ///
    /// The mirrors are tried in order. What the registry holds already is not fetched.
    ///
    /// - Parameter progress: told the bytes done and the bytes there are.
    public func pull(_ request: PullRequest, progress: (Int, Int?) -> Void) throws -> PullResult {
        let store = writing
        do {
            return try prepare(request, in: store) { source, prepared in
                if let current = prepared.upToDate { return current }
                let options = try options(for: request, as: prepared.target, in: store)
                return try take(
                    into: store, as: prepared.target, operation: "pull", origin: prepared.origin,
                    offered: prepared.offered
                ) {
                    try source.take(prepared.model, into: $0, options: options, cutter: Self.cutter) {
                        progress($0, $1)
                    }
                }
            }
        } catch let error as StoreError {
            guard case .offline = error, let here = try whatIsHere(request, in: store) else { throw error }
            return here
        }
    }

    /// The newest version that an earlier pull made of what is asked for; nil when there is none.
    private func whatIsHere(_ request: PullRequest, in store: Store) throws -> PullResult? {
        guard request.patterns.isEmpty, !request.isFresh else { return nil }
        let target = try Self.name(request.localName, suggestedBy: request.name)
        let versions = try store.versions().filter { $0.name == target }
        for version in versions.reversed() {
            let pulls = try store.records.list(version.manifest, kind: "pulled").map(\.body).filter { pull in
                let isAsked =
                    pull["repository"]?.string.map(MirrorNames.folded) == MirrorNames.folded(request.name)
                    && (request.mirror == nil || pull["mirror"]?.string == request.mirror)
                guard isAsked, let revision = request.revision else { return isAsked }
                return pull["revision"]?.string == revision || pull["commit"]?.string?.hasPrefix(revision) == true
            }
            guard let pull = pulls.last, let manifest = try? store.manifest(of: version),
                manifest.files.allSatisfy({ (try? store.open($0)) != nil })
            else { continue }
            return PullResult(
                version, manifest, latest: Self.latest(versions, beside: version),
                source: pull["source"]?.string ?? "", commit: pull["commit"]?.string, isUnchecked: true)
        }
        return nil
    }

    /// What `pull` would do, without doing it.
    public func planPull(_ request: PullRequest) throws -> PullPlan {
        let store = reading
        return try prepare(request, in: store) { _, prepared in
            let known = try options(for: request, as: prepared.target, in: store).known
            return PullPlan(
                name: prepared.target.text, source: prepared.origin.text, commit: prepared.origin.commit,
                upToDate: prepared.upToDate?.version,
                files: try prepared.model.plan(request.only, known: known, in: store).map {
                    ($0.path, $0.size, request.isFresh ? 0 : $0.held)
                })
        }
    }

    /// A pull as far as nothing has been fetched.
    private struct PreparedPull {
        let model: MirrorModel
        let target: ModelName
        let origin: PullOrigin
        /// The version that already is this.
        let upToDate: PullResult?
        /// How many files the mirror offers; nil when all of them are asked for.
        let offered: Int?
    }

    /// Finds the model, and calls `body` with the mirror that has it; with the next one when that fails.
    private func prepare<Result>(
        _ request: PullRequest, in store: Store, _ body: (any MirrorSource, PreparedPull) throws -> Result
    ) throws -> Result {
        try store.mirrors.first(
            request.name, revision: request.revision, mirror: request.mirror, isOffline: request.isOffline,
            notice: { tell($0) }
        ) { source, found in
            let model = try found.keeping(request.only)
            let target = try Self.name(request.localName, suggestedBy: model.name)
            let origin = PullOrigin(model, only: request.only)
            let current = try request.isFresh ? nil : upToDate(target, origin, in: store)
            return try body(
                source,
                PreparedPull(
                    model: model, target: target, origin: origin, upToDate: current,
                    offered: request.patterns.isEmpty ? nil : found.fileCount))
        }
    }

    /// How the files of a model that becomes `target` are taken.
    private func options(
        for request: PullRequest, as target: ModelName, in store: Store
    ) throws(StoreError) -> TakeOptions {
        var options = TakeOptions()
        options.only = request.only
        options.isFresh = request.isFresh
        try options.learn(from: target, in: store)
        return options
    }

    /// The version of `name` that was pulled from content which the mirror describes the same way now.
    private func upToDate(_ name: ModelName, _ origin: PullOrigin, in store: Store) throws -> PullResult? {
        guard let identity = origin.identity else { return nil }
        let versions = try store.versions().filter { $0.name == name }
        for version in versions.reversed() {
            let records = try store.records.list(version.manifest, kind: "pulled")
            guard records.contains(where: { $0.body["identity"]?.string == identity.hex }),
                let manifest = try? store.manifest(of: version),
                manifest.files.allSatisfy({ (try? store.open($0)) != nil })
            else { continue }
            return PullResult(
                version, manifest, latest: Self.latest(versions, beside: version), source: origin.text,
                commit: origin.commit, isUnchecked: false)
        }
        return nil
    }

    /// The newest of a model's `versions` when it is another than `version`.
    private static func latest(_ versions: [ModelVersion], beside version: ModelVersion) -> String? {
        versions.last.flatMap { $0.number == version.number ? nil : $0.description }
    }

    /// Brings the model folder, archive or checkpoint file at `path` into the registry.
    public func importModel(_ path: String, as localName: String, progress: (Int, Int?) -> Void) throws -> PullResult {
        let store = writing
        let location = try ModelLocation(at: path)
        try Self.check(location)
        return try take(into: store, as: try ModelName(localName), operation: "import", origin: PullOrigin(path: path))
        {
            try $0.take(location, cutter: Self.cutter) { progress($0, $1) }
        }
    }

    /// Looks at what is to be imported before a byte is taken.
    private static func check(_ location: ModelLocation) throws(CheckpointError) {
        switch location {
        case .file(let path), .folder(let path): _ = try Checkpoint.open(path)
        case .archive: break
        }
    }

    private func take(
        into store: Store, as name: ModelName, operation: String, origin: PullOrigin, offered: Int? = nil,
        _ body: (StoreWriter) throws -> TakenModel
    ) throws -> PullResult {
        let clock = ContinuousClock()
        let start = clock.now
        let writer = try store.writer()
        let taken = try body(writer)
        var manifest = Manifest(
            files: taken.files, licences: taken.licences,
            derivation: Derivation(
                operation: operation, inputs: taken.inputs, parameters: taken.parameters,
                numericsVersion: numericsVersion))
        try describe(&manifest, in: store)
        let commit = try writer.commit(
            manifest, as: name, facts: try ParameterCount.facts(of: manifest, for: writer))
        let kind = operation == "pull" ? "pulled" : "imported"
        let record = origin.record
        // The same content from another place is one more fact about the same version.
        let isKnown =
            try !commit.wasNew
            && (operation == "import"
                || store.records.list(commit.version.manifest, kind: kind).contains { $0.body == record })
        if !isKnown { try store.records.append(kind, record, to: commit.version.manifest) }
        return PullResult(
            version: commit.version.description,
            latest: commit.wasNew
                ? nil : Self.latest(try store.versions().filter { $0.name == name }, beside: commit.version),
            digest: commit.version.manifest, isNew: commit.wasNew,
            isUpToDate: false, isUnchecked: false, source: origin.text, commit: origin.commit,
            fileCount: taken.files.count, offeredFileCount: offered, byteCount: manifest.byteCount,
            newByteCount: writer.newByteCount, licences: taken.licences.map(LicenceStatement.init),
            weightsDigest: manifest.weightsDigest, seconds: (clock.now - start).seconds)
    }

    /// Fills in what the files say of themselves: architecture, labels, weights digest.
    ///
    /// Refuses weights that are malformed: they would only be found out later.
    func describe(_ manifest: inout Manifest, in store: Store) throws {
        var files: [(name: String, bytes: SegmentedBytes)] = []
        var digests = SegmentDigests()
        let weights = WeightFiles.choose(among: manifest.files.map(\.path))
        let isSharded = weights?.hasSuffix(".index.json") == true
        for file in manifest.files
        where file.path == weights || isSharded && WeightFiles.choose(among: [file.path]) != nil {
            let bytes = try store.open(file)
            digests.add(bytes, file)
            files.append((file.path, bytes))
        }
        var configuration: JSON?
        if let file = manifest.file("config.json") {
            let bytes = try store.open(file)
            configuration = try? JSONParser.parse(bytes.array(0..<bytes.byteCount))
            manifest.architecture = configuration?["model_type"]?.string
            manifest.labels = configuration.map(HubConfiguration.labels) ?? []
        }
        guard !files.isEmpty else { return }
        let checkpoint = try NameMaps.canonical(try Checkpoint.open(files: files), configuration: configuration)
            .checkpoint
        manifest.weightsDigest = try WeightsDigest.of(checkpoint.tensors, known: digests.digest)
        if checkpoint["classifier.weight"] == nil { manifest.labels = [] }
    }

    private static func name(_ given: String?, suggestedBy name: String) throws -> ModelName {
        if let given { return try ModelName(given) }
        if let suggested = ModelName(suggestedBy: name) { return suggested }
        return try ModelName(name)
    }

    /// Cuts checkpoints at tensor boundaries while they stream in.
    static let cutter: SegmentCutter = { _, head, size in
        switch Segments.plan(head: head, byteCount: size) {
        case .needsHead(let count): .needsHead(byteCount: count)
        case .cuts(let cuts): .cut(at: cuts)
        }
    }
}

/// The digests of whole segments, by the storage that holds them: a tensor that is a segment of its own need not be
/// hashed again.
struct SegmentDigests {
    private var known: [ObjectIdentifier: (size: Int, digest: ContentDigest)] = [:]
    private var storages: [ByteStorage] = []

    /// Remembers the segments of `file`, opened as `bytes`.
    mutating func add(_ bytes: SegmentedBytes, _ file: StoredFile) {
        for (storage, segment) in zip(bytes.segments, file.segments) {
            known[ObjectIdentifier(storage)] = (segment.size, segment.digest)
            storages.append(storage)
        }
    }

    /// The digest of `view` when it is all of a segment.
    func digest(_ view: TensorView) -> ContentDigest? {
        guard let segment = known[ObjectIdentifier(view.storage)], view.range == 0..<segment.size else { return nil }
        return segment.digest
    }
}

extension PullResult {
    /// A version that is here already: nothing was read.
    fileprivate init(
        _ version: ModelVersion, _ manifest: Manifest, latest: String?, source: String, commit: String?,
        isUnchecked: Bool
    ) {
        self.init(
            version: version.description, latest: latest, digest: version.manifest, isNew: false,
            isUpToDate: !isUnchecked, isUnchecked: isUnchecked, source: source, commit: commit,
            fileCount: manifest.files.count, offeredFileCount: nil, byteCount: manifest.byteCount, newByteCount: 0,
            licences: manifest.licences.map(LicenceStatement.init), weightsDigest: manifest.weightsDigest, seconds: 0)
    }
}

extension LicenceStatement {
    init(_ licence: Licence) {
        identifier = licence.name
        source = licence.source.rawValue
    }
}

extension Duration {
    /// As a number of seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
