internal import ZooBase
internal import ZooStore

extension Registry {
    /// Points an alias at a version.
    ///
    /// - Parameters:
    ///   - protecting: whether the alias is protected from now on; nil leaves that as it is.
    ///   - force: moves a protected alias.
    public func tag(
        _ reference: String, alias: String, protecting: Bool? = nil, force: Bool = false
    ) throws -> TagResult {
        let store = writing
        let version = try store.version(reference)
        let name = try AliasName(alias)
        let previous = try store.tag(version, name, protecting: protecting, force: force)
        return TagResult(
            alias: "\(version.name):\(name)", version: version.description,
            previous: previous.map { "\(version.name)@\($0)" },
            isProtected: try store.isProtected(name, of: version.name))
    }

    /// Takes an alias away from whatever version of the model it points at.
    public func untag(_ reference: String, alias: String, force: Bool) throws -> TagResult {
        let store = writing
        let version = try store.version(reference)
        let name = try AliasName(alias)
        let previous = try store.untag(version.name, name, force: force)
        return TagResult(
            alias: "\(version.name):\(name)", version: nil, previous: previous.map { "\(version.name)@\($0)" },
            isProtected: false)
    }
}
