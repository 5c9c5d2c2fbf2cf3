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
    /// of a version's making, the index.
    ///
    /// Blobs and manifests are then missing: whoever has the bytes brings them back with a writer. Nothing is thrown away
    /// before the bytes are there. Each problem is healed by itself; what comes to light by that is healed too.
    ///
    /// - Parameter name: the model that was checked; nil for all.
    public func quarantine(
        _ problems: [VerificationReport.Problem], of name: ModelName? = nil
    ) throws(StoreError) -> HealingReport {
        try makeFolders()
        let lock = try lock(.exclusive)
        defer { withExtendedLifetime(lock) {} }
        var report = HealingReport()
        var known: Set<VerificationReport.Problem> = []
        var pending = problems
        for _ in 0..<4 {
            // Aliases are read through the refs of versions, so those come first.
            for problem in pending.sorted(by: { $0.rank < $1.rank }) {
                do throws(StoreError) {
                    if let words = try heal(problem) { report.healed.append("\(problem.path): \(words)") }
                } catch {
                    report.failures.append("\(problem.path): \(error.message)")
                }
            }
            if pending.contains(where: \.isIndexed) {
                try rebuildIndex()
                if !report.healed.contains(Self.indexHealed) { report.healed.append(Self.indexHealed) }
            }
            known.formUnion(pending)
            var check = Verification(store: self, only: name)
            try check.readSmallFiles { _ in nil }
            pending = check.found.filter { !known.contains($0) }
            if pending.isEmpty { break }
        }
        return report
    }

    private static let indexHealed = "catalog.sqlite: made anew"

    /// What was done about a problem, in words; nil when that goes without saying or nothing can be done.
    private func heal(_ problem: VerificationReport.Problem) throws(StoreError) -> String? {
        let path = FilePaths.join(home, problem.path)
        switch problem.kind {
        case .blob(_, _, let isMissing), .manifest(_, let isMissing):
            if !isMissing { try setAside(path) }
            return nil
        case .stray:
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
            for number in numbers {
                let name = Records.name(number, "missing") + Records.setAside
                try io { () throws(FileError) in
                    try AtomicFile.write([], to: FilePaths.join(layout.records(manifest), name))
                }
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
        case .reference, .lostVersion: return try restoreReference(path)
        case .index: return nil
        }
    }

    private func healLog(_ name: ModelName) throws(StoreError) -> String {
        let salvaged = try log(name).salvage()
        try keep(layout.log(name))
        try log(name).replace(with: salvaged.good)
        try log(name).append("repaired", ["number": .integer(try highestNumber(name))])
        var open: [String] = []
        for alias in try refs.aliases(name) where try !isProtected(alias, of: name) { open.append("\(name):\(alias)") }
        return "\(salvaged.bad.count) damaged \(salvaged.bad.count == 1 ? "line is" : "lines are") left out; "
            + "the file as it was is in quarantine/"
            + (open.isEmpty ? "" : "; not protected now, whatever these lines said: \(open.joined(separator: ", "))")
    }

    /// Writes into the log what the alias itself says.
    private func explain(_ alias: AliasName, of name: ModelName, at number: Int) throws(StoreError) -> String? {
        // What the log was healed by may have explained it already.
        let isProtected = try refs.statesProtection(name, alias)
        guard try refs.alias(name, alias) == number,
            !isExplained(alias, at: number, isProtected: isProtected, by: try log(name).entries())
        else { return nil }
        try log(name).append(
            "alias",
            [
                "alias": .string(alias.text), "number": .integer(number), "protected": isProtected ? true : nil,
                "recovered": true,
            ])
        return "the log says again that it is \(name)@\(number)"
            + (isProtected
                ? ", protected"
                : "; it is not protected: zoo tag \(name)@\(number) \(alias) --protect protects it")
    }

    private func healRun(_ path: String) throws(StoreError) -> String? {
        let run = FilePaths.name(of: FilePaths.parent(of: path))
        guard !Lock.isHeld(FilePaths.join(FilePaths.parent(of: path), "lock")) else { return nil }
        // Without its description a run cannot go on; `zoo runs rm` removes it.
        guard FilePaths.name(of: path) != "run.json" else { return nil }
        try setAside(path)
        return FilePaths.name(of: path) == "state"
            ? "set aside in quarantine/; zoo finetune --resume \(run) begins anew" : "set aside in quarantine/"
    }

    /// Moves a file into `quarantine/`.
    private func setAside(_ path: String) throws(StoreError) {
        guard FilePaths.exists(path) else { return }
        let target = try quarantinePath(path)
        guard rename(path, target) == 0 else { throw .file(FileError("rename to", target)) }
        try io { () throws(FileError) in
            try AtomicFile.syncFolder(of: target)
            try AtomicFile.syncFolder(of: path)
        }
    }

    /// Copies a file into `quarantine/`.
    private func keep(_ path: String) throws(StoreError) {
        let target = try quarantinePath(path)
        try io { () throws(FileError) in try AtomicFile.write(try FilePaths.read(path), to: target) }
    }

    private func quarantinePath(_ path: String) throws(StoreError) -> String {
        try io { () throws(FileError) in try FilePaths.makeDurableFolder(layout.quarantine) }
        var name = path.dropFirst(home.utf8.count + 1).split(separator: "/").joined(separator: "-")
        while FilePaths.exists(FilePaths.join(layout.quarantine, name)) { name += "+" }
        return FilePaths.join(layout.quarantine, name)
    }

    private func highestNumber(_ name: ModelName) throws(StoreError) -> Int {
        let logged = try log(name).salvage().good.compactMap { $0["number"]?.integer }
        return (try refs.numbers(name) + logged).reduce(0, max)
    }

    /// Writes the ref of a version or an alias anew; what was done, nil when nothing says where it pointed.
    private func restoreReference(_ path: String) throws(StoreError) -> String? {
        let folder = FilePaths.parent(of: path)
        let isGone = !FilePaths.exists(path)
        guard let name = ModelName(escaped: FilePaths.name(of: FilePaths.parent(of: folder))) else { return nil }
        let last = FilePaths.name(of: path)
        if FilePaths.name(of: folder) == "versions" {
            guard let number = Int(last), let manifest = try recordedManifest(of: "\(name)@\(number)") else {
                return nil
            }
            try setAside(path)
            try io { () throws(FileError) in
                try FilePaths.makeDurableFolder(folder)
                try AtomicFile.write(Array("\(manifest)\n".utf8), to: path)
            }
            return "is sha256:\(manifest.short) again, as its records say"
                + (isGone ? "; zoo rm \(name)@\(number) if it was to go" : "")
        }
        guard FilePaths.name(of: folder) == "aliases" else { return nil }
        let alias = try AliasName(last)
        // The refs of versions have been healed: it may have been one of these that was wrong.
        if (try? refs.alias(name, alias)) ?? nil != nil {
            return "is right: it was the ref of its version that was not"
        }
        let moves = try log(name).salvage().good.filter { $0["alias"]?.string == alias.text }
        guard let number = moves.last?["number"]?.integer, let manifest = try refs.version(name, number) else {
            return nil
        }
        try setAside(path)
        try refs.set(
            alias, to: ModelVersion(name: name, number: number, manifest: manifest),
            isProtected: moves.last?["protected"]?.bool ?? false)
        return "points at \(name)@\(number) again, as the log says"
    }

    /// The manifest whose records say that it is `version`.
    private func recordedManifest(of version: String) throws(StoreError) -> ContentDigest? {
        for text in try FilePaths.listIfPresent(layout.records) {
            guard let digest = ContentDigest(hex: text), let created = try? records.list(digest, kind: "created"),
                created.contains(where: { $0.body["version"]?.string == version })
            else { continue }
            if (try? manifest(digest)) != nil { return digest }
        }
        return nil
    }
}

extension VerificationReport.Problem {
    /// In what order problems are healed.
    fileprivate var rank: Int {
        switch kind {
        case .lostVersion: 0
        case .reference: path.contains("/versions/") ? 1 : 2
        case .log: 3
        case .unexplainedAlias: 4
        case .record, .missingRecords: 5
        case .unrecorded: 6
        case .run, .mirror, .stray, .blob, .manifest, .index: 7
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
