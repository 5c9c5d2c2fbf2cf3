internal import ZooBase
internal import ZooStore

extension Registry {
    /// The versions in the registry by name and number, or those of one model.
    public func versions(of name: String?) throws -> [VersionSummary] {
        let store = reading
        let wanted = try name.map { name in try ModelName(name) }
        if let wanted { _ = try store.resolve(.latest(wanted)) }
        return try store.list(wanted).map { entry in
            VersionSummary(
                name: entry.version.name.text, number: entry.version.number, digest: entry.version.manifest,
                aliases: entry.aliases, operation: entry.isDamaged ? "damaged" : entry.operation,
                architecture: entry.architecture, task: entry.task, metric: Self.mainMetric(entry.metrics),
                byteCount: entry.size,
                created: entry.created)
        }
    }

    /// Accuracy where there is one, else the first.
    static func mainMetric(_ text: String?) -> MetricValue? {
        let metrics = [MetricValue](text.flatMap { try? JSONParser.parse($0) })
        return metrics.first { $0.name == "accuracy" } ?? metrics.first
    }
}
