internal import ZooStore

extension Registry {
    /// Removes what nothing needs.
    public func collectGarbage(dryRun: Bool) throws -> CollectResult {
        let report = try (dryRun ? reading : writing).collectGarbage(dryRun: dryRun)
        return CollectResult(
            isDryRun: report.isDryRun, items: report.items.map { ($0.kind, $0.path, $0.size) })
    }
}
