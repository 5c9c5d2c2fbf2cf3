internal import ZooBase
internal import ZooStore

extension Registry {
    /// The versions in the registry by name and number, or those of one model.
    public func versions(of name: String?) throws -> [VersionSummary] {
        let store = reading
        let wanted = try name.map { name in try ModelName(name) }
        if let wanted { _ = try store.resolve(.latest(wanted)) }
        return try store.index().filter { wanted == nil || $0.version.name == wanted }.map { entry in
            VersionSummary(
                name: entry.version.name.text, number: entry.version.number, digest: entry.version.manifest,
                aliases: entry.aliases, operation: entry.operation, architecture: entry.architecture,
                task: entry.task, metric: entry.metric, byteCount: entry.byteCount, created: entry.created)
        }
    }
}
