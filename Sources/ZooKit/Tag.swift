internal import ZooBase
internal import ZooStore

extension Registry {
    /// Points an alias at a version.
    public func tag(_ reference: String, alias: String) throws -> TagResult {
        let store = writing
        let version = try store.version(reference)
        let name = try AliasName(alias)
        let previous = try store.tag(version, name)
        return TagResult(
            alias: "\(version.name):\(name)", version: version.description,
            previous: previous.map { "\(version.name)@\($0)" })
    }
}
