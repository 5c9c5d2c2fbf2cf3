internal import ZooBase
internal import ZooStore

extension Registry {
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
        let store = Store(home: home, access: .readOnly)
        let progress = try? store.runs.read(run.id, Self.progressFile)
        self.init(
            identifier: run.id, state: run.isLive ? "running" : "interrupted",
            base: run.about["baseName"]?.string ?? "?", name: run.about["name"]?.string ?? "?",
            step: progress?["step"]?.integer ?? 0, stepCount: progress?["steps"]?.integer ?? 0, byteCount: run.size)
    }
}
