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
            /// A version whose making is on record, whose ref is gone, and that nobody removed.
            case lostVersion
            /// A file of records.
            case record
            /// Records of a manifest that are missing, by number.
            case missingRecords(ContentDigest, ClosedRange<Int>)
            /// A manifest of versions whose making is not recorded.
            case unrecorded(ContentDigest)
            /// The log of a model.
            case log(ModelName)
            /// An alias of whose last move the log says nothing.
            case unexplainedAlias(ModelName, AliasName, number: Int)
            /// An alias of which the log tells, whose file is gone, and that nobody took away.
            case lostAlias(ModelName, AliasName)
            /// The file of a mirror.
            case mirror(String)
            /// The index.
            case index
            /// A file of a run.
            case run
            /// A file that has no business where it lies.
            case stray
            /// Something that the system did not let be read; whether it is damaged is not known.
            case unreadable
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
    ///   - runState: says what is wrong with the state of a run in a file, which only its maker can read.
    ///   - progress: told the bytes hashed and the bytes there are.
    public func verify(
        _ name: ModelName? = nil, runState: (_ path: String) throws(FileError) -> String? = { _ in nil },
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(StoreError) -> VerificationReport {
        var check = Verification(store: self, only: name)
        try check.readSmallFiles(runState)
        let blobs = try check.checkBlobs(progress)
        return VerificationReport(
            versions: check.versionCount, blobs: blobs.count, byteCount: blobs.bytes, problems: check.found)
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
    /// Folders that could not be read.
    private var closed: Set<String> = []
    var layout: Layout { store.layout }

    init(store: Store, only: ModelName?) {
        self.store = store
        self.only = only
    }

    var versionCount: Int { users.values.reduce(0) { $0 + $1.count } }

    /// What was found, by path.
    var found: [VerificationReport.Problem] { problems.sorted { ($0.path, $0.reason) < ($1.path, $1.reason) } }

    /// Everything but the blobs.
    mutating func readSmallFiles(_ runState: (String) throws(FileError) -> String?) throws(StoreError) {
        let names = only.map { [$0] } ?? self.names(in: layout.refs).compactMap { ModelName(escaped: $0) }.sorted()
        for name in names {
            checkReferences(name)
        }
        try checkLogs()
        try checkManifests()
        try checkLostVersions()
        if only == nil {
            try checkRuns(runState)
            try checkMirrors()
            checkStrays()
            try checkIndex()
        }
    }

    mutating func report(
        _ kind: VerificationReport.Problem.Kind, _ path: String, _ reason: String, _ affects: [String] = [],
        _ versions: [ModelVersion] = []
    ) {
        problems.append(
            VerificationReport.Problem(
                kind: kind,
                path: path.hasPrefix(store.home + "/") ? String(path.dropFirst(store.home.count + 1)) : path,
                reason: reason, affects: affects, versions: versions))
    }

    /// The names in a folder; none in one that the system does not let be read, which is reported once.
    mutating func names(in folder: String, _ affects: [String] = []) -> [String] {
        do throws(StoreError) { return try FilePaths.listIfPresent(folder) } catch {
            if closed.insert(folder).inserted { report(.unreadable, folder, error, affects) }
            return []
        }
    }

    mutating func report(
        _ kind: VerificationReport.Problem.Kind, _ path: String, _ error: StoreError, _ affects: [String] = [],
        _ versions: [ModelVersion] = []
    ) {
        if case .damaged(let place, let reason) = error {
            report(kind, place, reason, affects, versions)
        } else {
            report(error.isOfSystem ? .unreadable : kind, path, error.message, affects, versions)
        }
    }

    /// Version numbers and aliases.
    private mutating func checkReferences(_ name: ModelName) {
        for number in names(in: layout.versions(name), [name.text]).compactMap({ Refs.number($0) }).sorted() {
            let path = "\(layout.versions(name))/\(number)"
            do throws(StoreError) {
                if let digest = try store.refs.version(name, number) {
                    users[digest, default: []].append(ModelVersion(name: name, number: number, manifest: digest))
                }
            } catch { report(.reference, path, error, ["\(name)@\(number)"]) }
        }
        // A log that is damaged is reported as that.
        let log = try? store.log(name).entries()
        for alias in names(in: layout.aliases(name), [name.text]).compactMap({ AliasName(stored: $0) }).sorted() {
            let path = "\(layout.aliases(name))/\(alias)"
            do throws(StoreError) {
                guard let number = try store.refs.alias(name, alias), let log else { continue }
                let isProtected = try store.refs.statesProtection(name, alias)
                if store.isExplained(alias, at: number, isProtected: isProtected, by: log) { continue }
                report(
                    .unexplainedAlias(name, alias, number: number), path,
                    "the log of \(name) does not tell how it came to be \(name)@\(number)"
                        + (isProtected
                            ? ", protected; lines may be lost" : "; lines may be lost, and with them its protection"),
                    ["\(name):\(alias)"])
            } catch { report(.reference, path, error, ["\(name):\(alias)"]) }
        }
    }

    private mutating func checkLogs() throws(StoreError) {
        let logs = names(in: layout.logs, ["the history of every model"]).filter { $0.hasSuffix(".jsonl") }
        for name in logs.compactMap({ ModelName(escaped: String($0.dropLast(6))) }) where only == nil || only == name {
            do throws(StoreError) { _ = try store.log(name).entries() } catch {
                report(.log(name), layout.log(name), error, ["the history of \(name)"])
                if error.isOfSystem { continue }
            }
            for (alias, move) in try store.lostAliases(of: name) {
                report(
                    .lostAlias(name, alias), "\(layout.aliases(name))/\(alias)",
                    "is missing: the log says that it is \(name)@\(move["number"]?.integer ?? 0), and nobody took it away",
                    ["\(name):\(alias)"])
            }
        }
    }

    /// Versions whose refs are gone though nobody removed them.
    private mutating func checkLostVersions() throws(StoreError) {
        var failed: [(path: String, error: StoreError)] = []
        let lost = try store.lostVersions(unless: { failed.append(($0, $1)) })
        // Those of single manifests that are needed were reported with their versions.
        for (path, error) in failed where only == nil && closed.insert(path).inserted {
            report(.unreadable, path, error, path == layout.records ? ["the records of every version"] : [])
        }
        for version in lost where only == nil || only == version.name {
            report(
                .lostVersion, "\(layout.versions(version.name))/\(version.number)",
                "is missing: the version was made, and no removal of it is on record", [version.description], [version])
            guard users[version.manifest] == nil, FilePaths.isMissing(layout.manifest(version.manifest)) else {
                continue
            }
            report(
                .manifest(version.manifest, isMissing: true), layout.manifest(version.manifest), "is missing",
                [version.description], [version])
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
                let isMissing = FilePaths.isMissing(layout.manifest(digest))
                if isMissing, FilePaths.isMissing(layout.records(digest)) {
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
            try checkRecords(digest, versions)
        }
        guard only == nil else { return }
        for name in names(in: layout.manifests) {
            guard let digest = ContentDigest(hex: name), !seen.contains(digest) else { continue }
            do throws(StoreError) { _ = try store.manifest(digest) } catch {
                report(.manifest(digest, isMissing: false), layout.manifest(digest), error)
            }
        }
    }

    private mutating func checkRecords(
        _ manifest: ContentDigest, _ versions: [ModelVersion]
    ) throws(StoreError) {
        let folder = layout.records(manifest)
        let names = versions.map(\.description)
        var taken: [ClosedRange<Int>] = []
        // Only of a record that is sound it is known that those before it were there: any name can be given to a file.
        var highest = 0
        var recorded: Set<String> = []
        var isOpen = FilePaths.exists(store.records.announcement(of: manifest))
        let files = self.names(in: folder, names)
        if closed.contains(folder) { isOpen = true }
        for name in files where !name.hasPrefix(".") {
            let path = FilePaths.join(folder, name)
            guard let numbers = Records.numbers(name) else {
                report(.stray, path, "not the name of a record", names)
                continue
            }
            taken.append(numbers)
            guard let sequence = Records.sequence(name) else { continue }
            do throws(StoreError) {
                let record = try store.records.read(path, manifest, sequence)
                highest = max(highest, sequence)
                guard record.kind == "created" else { continue }
                if let version = record.body["version"]?.string { recorded.insert(version) } else { isOpen = true }
            } catch {
                // Of which version it tells is not known until it is set aside.
                if name.hasSuffix("-created.json") { isOpen = true }
                report(.record, path, error, names)
            }
        }
        for gap in Records.gaps(between: taken, upTo: highest) {
            report(
                .missingRecords(manifest, gap), folder,
                gap.count == 1
                    ? "record \(gap.lowerBound) is missing"
                    : "records \(gap.lowerBound) to \(gap.upperBound) are missing", names)
        }
        let unrecorded = versions.filter { !recorded.contains($0.description) }
        if !isOpen, !unrecorded.isEmpty {
            let names = unrecorded.map(\.description)
            report(
                .unrecorded(manifest), folder,
                "nothing says when \(names.joined(separator: ", ")) was made: its records are lost, with what else was in "
                    + "them (where it came from, evaluations, notes)", names, unrecorded)
        }
    }

    private mutating func checkRuns(_ state: (String) throws(FileError) -> String?) throws(StoreError) {
        // What runs there are the store asks too, which ends with the first error.
        _ = names(in: layout.runs, ["every run"])
        for run in closed.contains(layout.runs) ? [] : try store.runs.list() {
            for file in ["run.json", "progress.json"] {
                do throws(StoreError) { _ = try store.runs.read(run.id, file) } catch {
                    report(.run, "\(layout.runs)/\(run.id)/\(file)", error, ["run \(run.id)"])
                }
            }
            let path = "\(layout.runs)/\(run.id)/state"
            do throws(FileError) {
                if let reason = try state(path) { report(.run, path, reason, ["run \(run.id)"]) }
            } catch { report(.run, path, .file(error), ["run \(run.id)"]) }
        }
    }

    private mutating func checkMirrors() throws(StoreError) {
        _ = names(in: layout.mirrors, ["every mirror"])
        for mirror in closed.contains(layout.mirrors) ? [] : try store.mirrors.survey().unusable {
            report(.mirror(mirror.name), mirror.path, mirror.error, ["mirror \(mirror.name)"])
        }
    }

    /// Whether the index says what the files say.
    private mutating func checkIndex() throws(StoreError) {
        // Without refs there is nothing to compare it with.
        guard FilePaths.exists(layout.index), !closed.contains(layout.refs) else { return }
        let rows: [IndexRow]
        do throws(StoreError) { rows = try store.indexRows() } catch {
            // It is compared with refs, manifests and records; one of them that cannot be read has been reported.
            if !problems.contains(where: { $0.kind == .unreadable }) { report(.index, layout.index, error) }
            return
        }
        for row in rows {
            guard let name = try? ModelName(row.name) else {
                report(.index, layout.index, "it holds a model of the name \(row.name)")
                continue
            }
            if row.isDamaged || row == IndexRow(name, row.number, in: store) { continue }
            // What is damaged itself has been reported already.
            let version = "\(row.name)@\(row.number)"
            if problems.contains(where: { $0.affects.contains(version) || $0.affects.contains(row.name) }) { continue }
            report(.index, layout.index, "it says of \(version) what the files do not", [version])
        }
    }

    mutating func checkBlobs(_ progress: (Int, Int) -> Void) throws(StoreError) -> (
        count: Int, bytes: Int
    ) {
        let needs = self.needs
        var failed: [(path: String, error: StoreError)] = []
        let present = try store.blobs.all(unless: { failed.append(($0, $1)) })
            .filter { only == nil || needs[$0.digest] != nil }
        for (path, error) in failed {
            let inside = needs.filter { isBelow(path, store.blobs.path(of: $0.key)) }
            if only != nil && inside.isEmpty { continue }
            let versions = inside.values.reduce(into: Set()) { $0.formUnion($1.versions) }
            let affects = inside.values.reduce(into: Set()) { $0.formUnion($1.affects) }
            report(.unreadable, path, error, affects.sorted(), versions.sorted())
        }
        let outcome = BlobVerification(store.blobs).run(present, progress: progress)
        for (blob, fault) in outcome {
            let need = needs[blob.digest]
            report(
                fault.isUnreadable
                    ? .unreadable : .blob(blob.digest, size: need?.size ?? blob.size, isMissing: false),
                store.blobs.path(of: blob.digest), fault.reason, need?.affects.sorted() ?? [],
                need?.versions.sorted() ?? [])
        }
        let found = Set(present.map(\.digest))
        for (digest, need) in needs where !found.contains(digest) {
            // Of what cannot be looked at it is not known whether it is there.
            if failed.contains(where: { isBelow($0.path, store.blobs.path(of: digest)) }) { continue }
            report(
                .blob(digest, size: need.size, isMissing: true), store.blobs.path(of: digest), "is missing",
                need.affects.sorted(), need.versions.sorted())
        }
        return (present.count, present.reduce(0) { $0 + $1.size })
    }

    /// Whether `path` is `folder` or in it.
    private func isBelow(_ folder: String, _ path: String) -> Bool { path == folder || path.hasPrefix(folder + "/") }
}
