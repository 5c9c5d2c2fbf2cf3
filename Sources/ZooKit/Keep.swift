internal import ZooBase
internal import ZooStore

extension Registry {
    /// Removes versions; a bare name removes all of its versions, newest first.
    public func remove(_ references: [String]) throws -> RemoveResult {
        let store = writing
        var targets: [ModelVersion] = []
        for text in references {
            let reference = try Reference(text)
            if case .latest(let name) = reference {
                _ = try store.resolve(reference)
                targets += try store.versions().filter { $0.name == name }.reversed()
            } else {
                targets.append(try store.resolve(reference))
            }
        }
        var removed: [String] = []
        for target in targets where !removed.contains(target.description) {
            try store.remove(target)
            removed.append(target.description)
        }
        return RemoveResult(removed: removed)
    }

    /// Removes what nothing needs.
    public func collectGarbage(dryRun: Bool) throws -> CollectResult {
        let report = try (dryRun ? reading : writing).collectGarbage(dryRun: dryRun)
        func count(_ kind: String) -> Int { report.items.count { $0.kind == kind } }
        return CollectResult(
            isDryRun: report.isDryRun, blobCount: count("blob"), manifestCount: count("manifest"),
            temporaryCount: count("temporary") + count("partial") + count("cache"), byteCount: report.byteCount)
    }

    /// Reads every byte again.
    ///
    /// With `rebuild` the index is made anew from the files first.
    ///
    /// - Parameter progress: told the bytes done and the bytes there are.
    public func verify(rebuild: Bool, progress: (Int, Int?) -> Void) throws -> VerifyResult {
        if rebuild { try writing.rebuildIndex() }
        let report = try reading.verify { progress($0, $1) }
        return VerifyResult(
            blobCount: report.blobs, byteCount: report.byteCount,
            problems: report.problems.map { ("\($0.path): \($0.reason)", $0.affects) })
    }

    /// The training runs that did not finish.
    public func runs() throws -> [RunSummary] { try reading.runs.list().map { RunSummary($0, home: home) } }

    /// Removes an unfinished run.
    public func removeRun(_ identifier: String) throws -> RunSummary {
        let store = writing
        let summary = try store.runs.list().first { $0.id == identifier }
        try store.runs.remove(identifier)
        guard let summary else { throw StoreError.unknownRun(id: identifier, existing: []) }
        return RunSummary(summary, home: home)
    }
}

extension RunSummary {
    /// Where a run leaves how far it is.
    static let progressFile = "progress.json"

    init(_ run: Runs.Summary, home: String) {
        let path = FilePaths.join(FilePaths.join(FilePaths.join(home, "runs"), run.id), Self.progressFile)
        let progress = (try? FilePaths.read(path)).flatMap { try? JSONParser.parse($0) }
        self.init(
            identifier: run.id, state: run.isLive ? "running" : "interrupted",
            base: run.about["baseName"]?.string ?? "?", name: run.about["name"]?.string ?? "?",
            step: progress?["step"]?.integer ?? 0, stepCount: progress?["steps"]?.integer ?? 0, byteCount: run.size)
    }
}
