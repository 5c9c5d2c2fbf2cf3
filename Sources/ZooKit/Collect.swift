internal import ZooStore

extension Registry {
    /// Removes what nothing needs.
    ///
    /// - Parameter withPartial: also what pulls left that were interrupted less than a day ago.
    public func collectGarbage(dryRun: Bool, withPartial: Bool = false) throws -> CollectResult {
        CollectResult(
            try (dryRun ? reading : writing).collectGarbage(dryRun: dryRun, withPartial: withPartial))
    }
}

extension CollectResult {
    init(_ report: GarbageReport) {
        isDryRun = report.isDryRun
        items = report.items.map { GarbageItem(kind: $0.kind, path: $0.path, byteCount: $0.size) }
        kept = report.kept.map { GarbageItem(kind: $0.kind, path: $0.path, byteCount: $0.size) }
    }
}
