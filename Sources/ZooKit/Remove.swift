internal import ZooStore

extension Registry {
    /// Removes versions; a bare name removes all of its versions.
    ///
    /// - Parameters:
    ///   - withDescendants: also every version derived from them.
    ///   - isForced: also versions whose refs cannot be read.
    public func remove(
        _ references: [String], withDescendants: Bool = false, isForced: Bool = false
    ) throws -> RemoveResult {
        let store = writing
        var wanted: [ModelVersion] = []
        var unreadable: [(name: ModelName, number: Int)] = []
        for text in references {
            let reference = try Reference(text)
            var all = [reference]
            if case .latest(let name) = reference {
                all = try store.list(name).map { .version(name, $0.version.number) }
                if all.isEmpty { _ = try store.resolve(reference) }
            }
            for reference in all {
                do {
                    let version = try store.resolve(reference)
                    if !wanted.contains(version) { wanted.append(version) }
                } catch {
                    guard case .version(let name, let number) = reference,
                        let damage = try store.refDamage(name, number)
                    else { throw error }
                    if case .unreadable(let error) = damage, !isForced {
                        throw KitError.unreadableVersion(version: "\(name)@\(number)", reason: error.message)
                    }
                    if !unreadable.contains(where: { $0 == (name, number) }) { unreadable.append((name, number)) }
                }
            }
        }
        let removed = try store.remove(wanted, unreadable: unreadable, withDescendants: withDescendants)
        var keepers: [(version: String, run: String)] = []
        for version in removed {
            keepers += try store.runs(needing: version).map { (version.description, $0) }
        }
        return RemoveResult(
            removed: removed.map(\.description) + unreadable.map { "\($0.name)@\($0.number)" }, keepers: keepers)
    }
}
