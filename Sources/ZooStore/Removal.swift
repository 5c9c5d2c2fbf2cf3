import ZooBase

extension Store {
    /// Takes a version's name away.
    ///
    /// Its blobs go with the next `collectGarbage`, unless something else needs them; its number is never given again.
    ///
    /// - Throws: `StoreError.hasDependents` when other versions were derived from it, `.hasAliases` when aliases point
    ///   at it, `.runIsLive` when a run in progress starts from it, `.locked`, `.readOnly`.
    public func remove(_ version: ModelVersion) throws(StoreError) {
        try makeFolders()
        let lock = try lock(.exclusive)
        defer { withExtendedLifetime(lock) {} }
        _ = try resolve(.version(version.name, version.number))
        // Another name for the same manifest keeps what was derived from it explained.
        if try versions(being: version.manifest).allSatisfy({ $0 == version }) {
            let dependents = try dependents(of: version)
            guard dependents.isEmpty else {
                throw .hasDependents(version: version.description, dependents: dependents.map(\.description))
            }
        }
        let aliases = try aliases(of: version.name).filter { $0.number == version.number }
        guard aliases.isEmpty else {
            throw .hasAliases(
                version: version.description, aliases: aliases.map { "\(version.name):\($0.alias)" })
        }
        let users = try runs.needs().filter { $0.manifest == version.manifest }.map(\.run)
        if let live = try runs.list().first(where: { $0.isLive && users.contains($0.id) }) {
            throw .runIsLive(id: live.id)
        }
        // The log comes first: a number that is logged as removed but still there is not given twice either.
        try log(version.name).append(
            "removed", ["manifest": .string(version.manifest.hex), "number": .integer(version.number)])
        try refs.remove(version)
    }

    /// The versions that were derived from `version` in one step, by name and number.
    public func dependents(of version: ModelVersion) throws(StoreError) -> [ModelVersion] {
        try versions(derivedFrom: version.manifest)
    }
}
