internal import ZooBase
internal import ZooStore
internal import ZooTensor
internal import ZooTrain

extension Registry {
    /// Reads every byte of the registry again, or what one model needs.
    ///
    /// - Parameters:
    ///   - rebuild: makes the index anew from the files first.
    ///   - heal: sets damaged files aside and brings their bytes back from where they came: the mirrors, or the place a
    ///     model was imported from.
    ///   - progress: told the bytes done and the bytes there are.
    public func verify(
        _ name: String? = nil, rebuild: Bool, heal: Bool = false, progress: (Int, Int?) -> Void
    ) throws -> VerifyResult {
        let wanted = try name.map { name in try reading.model(of: Reference(name)) }
        if rebuild { try writing.rebuildIndex() }
        func check() throws -> VerificationReport {
            try reading.verify(wanted, runState: Self.damage(ofRunAt:), progress: { progress($0, $1) })
        }
        var report = try check()
        var healed: [String] = []
        if heal, !report.problems.isEmpty {
            let before = report.problems
            healed = try self.heal(before, of: wanted)
            report = try check()
            let left = Set(report.problems.map(\.path))
            for problem in before where !left.contains(problem.path) {
                guard let index = healed.firstIndex(where: { $0.hasPrefix(problem.path) }) else {
                    healed.append("\(problem.path): is right again")
                    continue
                }
                if problem.isOfContent { healed[index] += ", and is right again" }
            }
        }
        return VerifyResult(
            blobCount: report.blobs, byteCount: report.byteCount,
            problems: report.problems.map { ("\($0.path): \($0.reason)", $0.affects) },
            unreadableCount: report.problems.count { $0.kind == .unreadable }, healed: healed,
            remedies: heal ? remedies(report.problems) : [])
    }

    /// What can be done about content that healing could not bring back, in words.
    private func remedies(_ problems: [VerificationReport.Problem]) -> [String] {
        let store = reading
        var known: Set<ModelVersion> = []
        var unknown: Set<ModelVersion> = []
        for version in problems.filter(\.isOfContent).flatMap(\.versions) {
            // Who has lost its own manifest, or one of those it was made from, cannot say how it was made.
            if (try? lineage(of: version.description)) != nil {
                known.insert(version)
            } else if (try? store.manifest(of: version)) == nil {
                unknown.insert(version)
            }
        }
        return known.sorted().map {
            "`zoo lineage \($0)` tells how \($0) was made: what was pulled or imported comes back with that command, "
                + "what was computed once the same is computed again"
        }
            + unknown.sorted().map {
                "the manifest of \($0) is lost, and with it what tells how it was made: import or compute it anew, "
                    + "or take it away with `zoo rm \($0) --force`"
            }
    }

    /// What is wrong with the state of a run in the file at `path`.
    private static func damage(ofRunAt path: String) throws(FileError) -> String? { try RunFile(path).damage() }

    /// Sets damaged files aside and fetches what is missing; what the store put right by itself.
    private func heal(_ problems: [VerificationReport.Problem], of name: ModelName?) throws -> [String] {
        let store = writing
        var healing = try store.quarantine(problems, of: name, runState: Self.damage(ofRunAt:))
        if try fetch(problems, into: store) {
            // A version's ref can be written once its manifest is there.
            healing.append(try store.quarantine([], of: name, runState: Self.damage(ofRunAt:)))
        }
        for failure in Set(healing.failures).sorted() { tell("could not heal \(failure)") }
        return Set(healing.healed).sorted()
    }

    /// Takes the models that need missing blobs and manifests from where they came; whether anything was missing.
    private func fetch(_ problems: [VerificationReport.Problem], into store: Store) throws -> Bool {
        var missing: Set<ContentDigest> = []
        var versions: Set<ModelVersion> = []
        for problem in problems {
            switch problem.kind {
            case .blob(let digest, let size, _) where !store.blobs.contains(digest, size: size): missing.insert(digest)
            case .manifest(let digest, _) where !store.holds(digest): missing.insert(digest)
            default: continue
            }
            versions.formUnion(problem.versions)
        }
        var tried: Set<String> = []
        for version in versions.sorted() {
            for ancestor in try withAncestors(version.manifest, in: store) {
                for record in (try? store.records.list(ancestor)) ?? [] {
                    guard ["pulled", "imported"].contains(record.kind), let source = record.body["source"]?.string,
                        tried.insert(source).inserted
                    else { continue }
                    do {
                        try fetchAgain(source, operation: record.kind, manifest: ancestor, into: store)
                    } catch {
                        tell("could not heal from \(source): \(error)")
                    }
                }
            }
        }
        return !missing.isEmpty
    }

    /// A manifest and those of its ancestors that can be read: a version's blobs may be its base's.
    private func withAncestors(_ manifest: ContentDigest, in store: Store) throws -> [ContentDigest] {
        var found = [manifest]
        var index = 0
        while index < found.count {
            if let read = try? store.manifest(found[index]) {
                found += read.derivation.parents.filter { !found.contains($0) }
            }
            index += 1
        }
        return found
    }

    /// Takes a model's files again from where they came; blobs that are damaged or missing are written.
    private func fetchAgain(_ source: String, operation: String, manifest digest: ContentDigest, into store: Store)
        throws
    {
        let writer = try store.writer()
        let taken: TakenModel
        if operation == "pulled" {
            guard let mark = source.firstRange(of: ": ") else { return }
            let place = String(source[mark.upperBound...])
            let (mirror, model) = try store.mirrors.find(place, mirror: String(source[..<mark.lowerBound]))
            taken = try mirror.take(model, into: writer, cutter: Self.cutter) { _, _ in }
        } else {
            taken = try writer.take(try ModelLocation(at: source), cutter: Self.cutter) { _, _ in }
        }
        guard (try? store.manifest(digest)) == nil else { return }
        var manifest = Manifest(
            files: taken.files, licences: taken.licences,
            derivation: Derivation(
                operation: operation == "pulled" ? "pull" : "import", inputs: taken.inputs,
                parameters: taken.parameters, numericsVersion: numericsVersion))
        try describe(&manifest, in: store)
        _ = try writer.restore(manifest, as: digest)
    }
}

extension VerificationReport.Problem {
    /// Whether it is content that only its source can bring back: a blob or a manifest.
    fileprivate var isOfContent: Bool {
        switch kind {
        case .blob, .manifest: true
        default: false
        }
    }
}
