import Glibc
public import ZooBase

/// What healing did.
public struct HealingReport: Sendable {
    /// What was put right, in words.
    public internal(set) var healed: [String] = []
    /// What could not be, and why.
    public internal(set) var failures: [String] = []

    /// Adds what `other` did.
    public mutating func append(_ other: Self) {
        healed += other.healed
        failures += other.failures
    }
}

extension Store {
    /// Takes damaged files out of the way, into `quarantine/`, and puts right what the store itself can: a version's ref
    /// from its records, an alias from the log, a log without its damaged lines, what the log lacks of an alias, the record
    /// of a version's making, a blob or manifest under a wrong name, the index.
    ///
    /// Blobs and manifests are then missing: whoever has the bytes brings them back with a writer. Nothing is thrown away
    /// before the bytes are there. Each problem is healed by itself; what comes to light by that is healed too.
    ///
    /// Everything is looked at again once nobody else writes: what was found before may have been put right, or removed,
    /// by another command. What cannot be read because the system fails is left alone.
    ///
    /// - Parameters:
    ///   - problems: what a check found; of these only the blobs count, since they are not all hashed again.
    ///   - name: the model that was checked; nil for all.
    ///   - runState: says what is wrong with the state of a run in a file.
    public func quarantine(
        _ problems: [VerificationReport.Problem], of name: ModelName? = nil,
        runState: (_ path: String) throws(FileError) -> String? = { _ in nil }
    ) throws(StoreError) -> HealingReport {
        try makeFolders()
        let lock = try lock(.exclusive)
        defer { withExtendedLifetime(lock) {} }
        var report = HealingReport()
        var known: Set<VerificationReport.Problem> = []
        let blobs = problems.filter(isBlobFault)
        for _ in 0..<5 {
            var check = Verification(store: self, only: name)
            try check.readSmallFiles(runState)
            let pending = (blobs + check.found).filter { known.insert($0).inserted }
            if pending.isEmpty { break }
            let lost = Lost(pending)
            // Strays first, since one may be what is missing; aliases are read through the refs of versions.
            for problem in pending.sorted(by: { $0.rank < $1.rank }) {
                do throws(StoreError) {
                    if let words = try heal(problem, lost) { report.healed.append("\(problem.path): \(words)") }
                } catch {
                    report.failures.append("\(problem.path): \(error.message)")
                }
            }
            if pending.contains(where: \.isIndexed) {
                try rebuildIndex()
                if !report.healed.contains(Self.indexHealed) { report.healed.append(Self.indexHealed) }
            }
        }
        return report
    }

    private static let indexHealed = "catalog.sqlite: made anew"

    /// What is known to be missing.
    struct Lost {
        var digests: Set<ContentDigest> = []
        var names: Set<ModelName> = []

        init(_ problems: [VerificationReport.Problem]) {
            for problem in problems {
                switch problem.kind {
                case .blob(let digest, _, isMissing: true), .manifest(let digest, isMissing: true):
                    digests.insert(digest)
                case .lostVersion: names.formUnion(problem.versions.map(\.name))
                default: continue
                }
            }
        }
    }

    /// Whether a problem is a blob that is still damaged or missing.
    private func isBlobFault(_ problem: VerificationReport.Problem) -> Bool {
        guard case .blob(let digest, let size, let isMissing) = problem.kind else { return false }
        if isMissing { return FilePaths.isMissing(blobs.path(of: digest)) }
        return BlobVerification.check(digest, size, blobs).map { !$0.isUnreadable } ?? false
    }

    /// What was done about a problem, in words; nil when that goes without saying or nothing can be done.
    private func heal(_ problem: VerificationReport.Problem, _ lost: Lost) throws(StoreError) -> String? {
        let path = FilePaths.join(home, problem.path)
        switch problem.kind {
        case .index, .unreadable: return nil
        case .blob(_, _, let isMissing), .manifest(_, let isMissing):
            return isMissing ? nil : try setAside(path).map { "set aside in \($0)" }
        case .stray:
            if let place = try putBack(path, lost) { return "put back as \(place)" }
            try setAside(path)
            return "set aside in quarantine/"
        case .mirror(let name):
            try setAside(path)
            return "set aside in quarantine/; add the mirror again with zoo mirror add \(name)"
        case .run: return try healRun(path)
        case .record:
            let target = path + Records.setAside
            guard rename(path, target) == 0 else { throw .file(FileError("rename to", target)) }
            try io { () throws(FileError) in try AtomicFile.syncFolder(of: target) }
            return "set aside as \(FilePaths.name(of: target)); it is not read any more"
        case .missingRecords(let manifest, let numbers):
            try io { () throws(FileError) in
                try AtomicFile.write(
                    [], to: FilePaths.join(layout.records(manifest), Records.name(lost: numbers)))
            }
            return problem.reason + " for good"
        case .unrecorded(let manifest):
            for version in problem.versions {
                try records.write(
                    "created", ["recovered": true, "version": .string(version.description)], to: manifest,
                    time: Clock.written("\(layout.versions(version.name))/\(version.number)"))
            }
            return "the making is recorded again, by the time of the ref's file; what else was recorded is lost"
        case .log(let name): return try healLog(name)
        case .unexplainedAlias(let name, let alias, let number): return try explain(alias, of: name, at: number)
        case .lostAlias(let name, let alias): return try restore(alias, of: name)
        case .reference, .lostVersion:
            let folder = FilePaths.parent(of: path)
            let last = FilePaths.name(of: path)
            guard let name = ModelName(escaped: FilePaths.name(of: FilePaths.parent(of: folder))) else { return nil }
            if FilePaths.name(of: folder) == "versions", let number = Refs.number(last) {
                return try restore(number, of: name)
            }
            if FilePaths.name(of: folder) == "aliases", let alias = AliasName(stored: last) {
                return try restore(alias, of: name)
            }
            return nil
        }
    }

    func healRun(_ path: String) throws(StoreError) -> String? {
        let run = FilePaths.name(of: FilePaths.parent(of: path))
        guard !Lock.isHeld(FilePaths.join(FilePaths.parent(of: path), "lock")) else { return nil }
        // Without its description a run cannot go on; `zoo runs rm` removes it.
        guard FilePaths.name(of: path) != "run.json" else { return nil }
        try setAside(path)
        return FilePaths.name(of: path) == "state"
            ? "set aside in quarantine/; zoo finetune --resume \(run) begins anew" : "set aside in quarantine/"
    }
}

extension VerificationReport.Problem {
    /// In what order problems are healed.
    fileprivate var rank: Int {
        switch kind {
        case .stray: 0
        case .lostVersion: 1
        case .reference: path.contains("/versions/") ? 2 : 3
        case .lostAlias: 3
        case .log: 4
        case .unexplainedAlias: 5
        case .record, .missingRecords: 6
        case .unrecorded: 7
        case .run, .mirror, .blob, .manifest, .index, .unreadable: 8
        }
    }

    /// Whether the index may say something else once the problem is gone.
    fileprivate var isIndexed: Bool {
        switch kind {
        case .index, .reference, .lostVersion, .record, .unrecorded, .manifest: true
        default: false
        }
    }
}

extension StoreWriter {
    /// Writes a manifest that is missing, if `manifest` is the one of this digest; whether it is.
    public func restore(_ manifest: Manifest, as digest: ContentDigest) throws(StoreError) -> Bool {
        let bytes = Array(manifest.json.text(.canonical).utf8)
        guard ContentDigest(of: bytes) == digest else { return false }
        try publish()
        try io { () throws(FileError) in
            try AtomicFile.write(bytes, to: store.layout.manifest(digest), mode: 0o444)
        }
        return true
    }
}
