internal import ZooStore

extension Registry {
    /// Removes versions; a bare name removes all of its versions.
    ///
    /// - Parameter withDescendants: also every version derived from them.
    public func remove(_ references: [String], withDescendants: Bool = false) throws -> RemoveResult {
        let store = writing
        var targets: [ModelVersion] = []
        for text in references {
            let reference = try Reference(text)
            if case .latest(let name) = reference {
                _ = try store.resolve(reference)
                targets += try store.list(name).map(\.version)
            } else {
                targets.append(try store.resolve(reference))
            }
        }
        var wanted: [ModelVersion] = []
        for target in targets where !wanted.contains(target) { wanted.append(target) }
        return RemoveResult(
            removed: try store.remove(wanted, withDescendants: withDescendants).map(\.description))
    }
}
