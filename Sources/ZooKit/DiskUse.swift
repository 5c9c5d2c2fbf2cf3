internal import ZooStore

extension Registry {
    /// What the registry takes on the disk, version by version and part by part.
    public func diskUse(of name: String?) throws -> DiskUseResult {
        let store = reading
        let use = try store.diskUse(try name.map { name in try Self.model(name, in: store) })
        return DiskUseResult(
            versions: use.versions.map { ($0.version.description, $0.size, $0.own, $0.shared) },
            parts: use.parts.map { ($0.name, $0.size) }, garbage: use.garbage.map(CollectResult.init),
            problems: use.problems.map { "\($0.version): \($0.error.message)" })
    }

    /// The model that `text` names; of a version in it nothing has to be readable.
    private static func model(_ text: String, in store: Store) throws -> ModelName {
        switch try Reference(text) {
        case .latest(let name), .version(let name, _), .alias(let name, _): name
        case .digest, .path: try store.version(text).name
        }
    }
}
