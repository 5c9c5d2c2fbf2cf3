import Glibc
public import ZooBase

/// What a check of the whole store found.
public struct VerificationReport: Sendable {
    /// One damaged thing.
    public struct Problem: Sendable, Hashable {
        /// What a damaged thing is.
        public enum Kind: Sendable, Hashable {
            /// A blob; `isMissing` when there is no file.
            case blob(ContentDigest, size: Int, isMissing: Bool)
            /// A manifest.
            case manifest(ContentDigest, isMissing: Bool)
            /// The file of a version or an alias.
            case reference
            /// A file of records.
            case record
            /// The log of a model.
            case log(ModelName)
            /// The index.
            case index
            /// A file of a run.
            case run
            /// A file that has no business where it lies.
            case stray
        }
        /// What it is.
        public let kind: Kind
        /// The path, relative to the home folder.
        public let path: String
        /// What is wrong with it.
        public let reason: String
        /// The versions and files that need it, in words: `reviews@1 model.safetensors`.
        public let affects: [String]
        /// The versions that need it.
        public let versions: [ModelVersion]
    }
    /// Versions whose manifests were read.
    public let versions: Int
    /// Blobs whose bytes were hashed.
    public let blobs: Int
    /// Bytes hashed.
    public let byteCount: Int
    /// What is damaged, by path.
    public let problems: [Problem]
}

extension Store {
    /// Hashes every blob, or those that the versions of one model need, and reads every ref, manifest, record, log and
    /// run; compares the index with them.
    ///
    /// - Parameters:
    ///   - name: only what this model needs.
    ///   - progress: told the bytes hashed and the bytes there are.
    public func verify(
        _ name: ModelName? = nil, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(StoreError) -> VerificationReport {
        var check = Verification(store: self, only: name)
        return try check.run(progress)
    }
}

/// A check of the store under way.
struct Verification {
    private struct Need {
        let size: Int
        var versions: Set<ModelVersion> = []
        var affects: Set<String> = []
    }

    let store: Store
    let only: ModelName?
    private var problems: [VerificationReport.Problem] = []
    private var users: [ContentDigest: [ModelVersion]] = [:]
    private var needs: [ContentDigest: Need] = [:]
    private var layout: Layout { store.layout }

    init(store: Store, only: ModelName?) {
        self.store = store
        self.only = only
    }

    mutating func run(_ progress: (Int, Int) -> Void) throws(StoreError) -> VerificationReport {
        try checkReferences()
        try checkManifests()
        if only == nil {
            try checkRuns()
            try checkStrays()
            try checkIndex()
        }
        let blobs = try checkBlobs(progress)
        return VerificationReport(
            versions: users.values.reduce(0) { $0 + $1.count }, blobs: blobs.count, byteCount: blobs.bytes,
            problems: problems.sorted { ($0.path, $0.reason) < ($1.path, $1.reason) })
    }

    private mutating func report(
        _ kind: VerificationReport.Problem.Kind, _ path: String, _ reason: String, _ affects: [String] = [],
        _ versions: [ModelVersion] = []
    ) {
        problems.append(
            VerificationReport.Problem(
                kind: kind,
                path: path.hasPrefix(store.home + "/") ? String(path.dropFirst(store.home.count + 1)) : path,
                reason: reason, affects: affects, versions: versions))
    }

    private mutating func report(
        _ kind: VerificationReport.Problem.Kind, _ path: String, _ error: StoreError, _ affects: [String] = [],
        _ versions: [ModelVersion] = []
    ) {
        if case .damaged(let place, let reason) = error {
            report(kind, place, reason, affects, versions)
        } else {
            report(kind, path, error.message, affects, versions)
        }
    }

    /// Version numbers, aliases and logs.
    private mutating func checkReferences() throws(StoreError) {
        let names = if let only { [only] } else { try store.refs.names() }
        for name in names {
            for number in try store.refs.numbers(name) {
                let path = "\(layout.versions(name))/\(number)"
                do throws(StoreError) {
                    if let digest = try store.refs.version(name, number) {
                        users[digest, default: []].append(ModelVersion(name: name, number: number, manifest: digest))
                    }
                } catch { report(.reference, path, error, ["\(name)@\(number)"]) }
            }
            for alias in try store.refs.aliases(name) {
                do throws(StoreError) { _ = try store.refs.alias(name, alias) } catch {
                    report(.reference, "\(layout.aliases(name))/\(alias)", error, ["\(name):\(alias)"])
                }
            }
        }
        let logs = try FilePaths.listIfPresent(layout.logs).filter { $0.hasSuffix(".jsonl") }
        for name in logs.compactMap({ ModelName(escaped: String($0.dropLast(6))) }) where only == nil || only == name {
            do throws(StoreError) { _ = try store.log(name).entries() } catch {
                report(.log(name), layout.log(name), error, ["the history of \(name)"])
            }
        }
    }

    /// Manifests of versions and of their ancestors, with their records; those that nothing needs any more too.
    private mutating func checkManifests() throws(StoreError) {
        var pending = users.keys.sorted()
        var seen = Set(pending)
        while let digest = pending.popLast() {
            let versions = users[digest] ?? []
            let names = versions.map(\.description)
            do throws(StoreError) {
                let manifest = try store.manifest(digest)
                // Of an ancestor only the manifest has to be there.
                for file in versions.isEmpty ? [] : manifest.files + manifest.attachments {
                    for segment in file.segments {
                        needs[segment.digest, default: Need(size: segment.size)].versions.formUnion(versions)
                        needs[segment.digest]!.affects.formUnion(names.map { "\($0) \(file.path)" })
                    }
                }
                for parent in manifest.derivation.parents where seen.insert(parent).inserted {
                    if FilePaths.exists(layout.manifest(parent)) { pending.append(parent) }
                }
            } catch {
                let isMissing = !FilePaths.exists(layout.manifest(digest))
                if isMissing, !FilePaths.exists(layout.records(digest)) {
                    // Nothing knows of such a manifest: it is the ref that is wrong.
                    for version in versions {
                        report(
                            .reference, "\(layout.versions(version.name))/\(version.number)",
                            "it names a manifest that is not there and of which nothing is recorded",
                            [version.description], [version])
                    }
                    continue
                }
                report(.manifest(digest, isMissing: isMissing), layout.manifest(digest), error, names, versions)
            }
            try checkRecords(digest, names)
        }
        guard only == nil else { return }
        for name in try FilePaths.listIfPresent(layout.manifests) {
            guard let digest = ContentDigest(hex: name), !seen.contains(digest) else { continue }
            do throws(StoreError) { _ = try store.manifest(digest) } catch {
                report(.manifest(digest, isMissing: false), layout.manifest(digest), error)
            }
        }
    }

    private mutating func checkRecords(_ manifest: ContentDigest, _ names: [String]) throws(StoreError) {
        let folder = layout.records(manifest)
        var next = 1
        for name in try FilePaths.listIfPresent(folder) where !name.hasPrefix(".") {
            let path = FilePaths.join(folder, name)
            guard let sequence = Records.sequence(name) else {
                report(.stray, path, "not the name of a record", names)
                continue
            }
            do throws(StoreError) { _ = try store.records.read(path, manifest, sequence) } catch {
                report(.record, path, error, names)
            }
            if sequence != next { report(.record, path, "record \(next) before it is missing", names) }
            next = sequence + 1
        }
    }

    private mutating func checkRuns() throws(StoreError) {
        for run in try store.runs.list() {
            for file in ["run.json", "progress.json"] {
                do throws(StoreError) { _ = try store.runs.read(run.id, file) } catch {
                    report(.run, "\(layout.runs)/\(run.id)/\(file)", error, ["run \(run.id)"])
                }
            }
            // The state of a training ends in the SHA-256 of what is before it.
            let path = "\(layout.runs)/\(run.id)/state"
            guard let storage = try? ByteStorage(mapping: path), storage.byteCount > 64 else { continue }
            let body = storage.byteCount - 64
            let digest = storage.withUnsafeBytes { ContentDigest(of: UnsafeRawBufferPointer(rebasing: $0[..<body])) }
            if Array(digest.hex.utf8) != storage.array(body..<storage.byteCount) {
                report(.run, path, "its bytes do not have the SHA-256 at its end", ["run \(run.id)"])
            }
        }
    }

    /// Files whose names are not ones the store gives: a name may be damaged too.
    private mutating func checkStrays() throws(StoreError) {
        func isTemporary(_ name: String) -> Bool { name.hasPrefix(".") }
        for folder in try FilePaths.listIfPresent(layout.blobs) where !isTemporary(folder) {
            let path = FilePaths.join(layout.blobs, folder)
            guard FilePaths.isFolder(path) else {
                report(.stray, path, "not a folder of blobs")
                continue
            }
            for name in try FilePaths.listIfPresent(path)
            where !isTemporary(name) && (ContentDigest(hex: name) == nil || !name.hasPrefix(folder)) {
                report(.stray, FilePaths.join(path, name), "not the name of a blob of this folder")
            }
        }
        for (folder, isName) in [
            (layout.manifests, { ContentDigest(hex: $0) != nil }), (layout.records, { ContentDigest(hex: $0) != nil }),
            (layout.refs, { ModelName(escaped: $0) != nil }),
        ] as [(String, (String) -> Bool)] {
            for name in try FilePaths.listIfPresent(folder) where !isTemporary(name) && !isName(name) {
                report(.stray, FilePaths.join(folder, name), "not a name that the registry gives")
            }
        }
        for name in try store.refs.names() {
            for number in try FilePaths.listIfPresent(layout.versions(name))
            where !isTemporary(number) && (Int(number).map { "\($0)" != number || $0 < 1 } ?? true) {
                report(.stray, "\(layout.versions(name))/\(number)", "not the number of a version")
            }
        }
    }

    /// Whether the index says what the files say.
    private mutating func checkIndex() throws(StoreError) {
        guard FilePaths.exists(layout.index) else { return }
        for row in try store.indexRows() {
            guard let name = try? ModelName(row.name) else {
                report(.index, layout.index, "it holds a model of the name \(row.name)")
                continue
            }
            if row.isDamaged || row == IndexRow(name, row.number, in: store) { continue }
            // What is damaged itself has been reported already.
            let version = "\(row.name)@\(row.number)"
            if problems.contains(where: { $0.affects.contains(version) }) { continue }
            report(.index, layout.index, "it says of \(version) what the files do not", [version])
        }
    }

    private mutating func checkBlobs(_ progress: (Int, Int) -> Void) throws(StoreError) -> (
        count: Int, bytes: Int
    ) {
        let needs = self.needs
        let present = try store.blobs.all().filter { only == nil || needs[$0.digest] != nil }
        let outcome = BlobVerification(store.blobs).run(present, progress: progress)
        for (blob, reason) in outcome {
            let need = needs[blob.digest]
            report(
                .blob(blob.digest, size: need?.size ?? blob.size, isMissing: false), store.blobs.path(of: blob.digest),
                reason, need?.affects.sorted() ?? [], need?.versions.sorted() ?? [])
        }
        let found = Set(present.map(\.digest))
        for (digest, need) in needs where !found.contains(digest) {
            report(
                .blob(digest, size: need.size, isMissing: true), store.blobs.path(of: digest), "is missing",
                need.affects.sorted(), need.versions.sorted())
        }
        return (present.count, present.reduce(0) { $0 + $1.size })
    }
}
