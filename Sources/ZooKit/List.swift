internal import ZooBase
internal import ZooStore

extension Registry {
    /// The versions in the registry by name and number, or those that `request` asks for.
    public func versions(of name: String?, request: ListRequest = ListRequest()) throws -> VersionSummaries {
        let store = reading
        var selection = Selection(name: try name.map { name in try ModelName(name) })
        selection.architecture = request.architecture
        selection.task = request.task
        selection.licence = request.licence
        selection.maximumParameters = request.maximumParameters
        selection.metrics = try request.metrics.map { text in try Selection.MetricCondition(text) }
        selection.origin = try request.ancestor.map { try Self.origin($0, in: store) }
        let found = try store.list(selection)
        if found.isEmpty, let name = selection.name { _ = try store.resolve(.latest(name)) }
        return VersionSummaries(found)
    }

    /// What `text` names; a bare name is all versions of the model.
    private static func origin(_ text: String, in store: Store) throws -> Selection.Origin {
        let reference = try Reference(text)
        let version = try store.resolve(reference)
        guard case .latest(let name) = reference else { return .manifests([version.manifest]) }
        return .model(name)
    }
}

extension VersionSummary {
    init(_ entry: ZooStore.VersionSummary) {
        self.init(
            name: entry.version.name.text, number: entry.version.number, digest: entry.version.manifest,
            aliases: entry.aliases, operation: entry.isDamaged ? "damaged" : entry.operation,
            architecture: entry.architecture, task: entry.task, metric: Self.main(entry.metrics),
            byteCount: entry.size, created: entry.created, licence: entry.licence,
            parameterCount: entry.parameterCount, parents: entry.parents)
    }

    /// Accuracy where there is one, else the first.
    static func main(_ metrics: [ZooStore.VersionSummary.Metric]) -> MetricValue? {
        (metrics.first { $0.name == "accuracy" } ?? metrics.first)
            .map { MetricValue(name: $0.name, value: $0.value, interval: nil) }
    }
}
