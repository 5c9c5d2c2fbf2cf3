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
        items = report.items.map(GarbageItem.init)
        kept = report.kept.map(GarbageItem.init)
    }
}

extension GarbageItem {
    init(_ item: GarbageReport.Item) { self.init(kind: item.kind, path: item.path, byteCount: item.size) }
}
