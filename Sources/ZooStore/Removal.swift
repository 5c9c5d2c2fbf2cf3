import ZooBase

extension Store {
    /// Takes a version's name away.
    ///
    /// Its blobs go with the next `collectGarbage`, unless something else needs them; its number is never given again.
    ///
    /// - Throws: as `remove(_:withDescendants:)`.
    public func remove(_ version: ModelVersion) throws(StoreError) {
        _ = try remove([version], withDescendants: false)
    }

    /// Takes the names of versions away, of those derived from others first; nothing happens when one has to stay.
    ///
    /// - Parameters:
    ///   - unreadable: versions whose refs cannot be read or are gone. Nothing can be said of what was derived from them.
    ///   - withDescendants: also every version derived from `versions`, in one step or more.
    /// - Returns: what is gone, in that order, without those that cannot be read.
    /// - Throws: `StoreError.hasDependents` when other versions were derived from one, `.hasAliases` when aliases point
    ///   at one, `.runIsLive` when a run in progress starts from one, `.locked`, `.readOnly`.
    public func remove(
        _ versions: [ModelVersion], unreadable: [(name: ModelName, number: Int)] = [], withDescendants: Bool
    ) throws(StoreError) -> [ModelVersion] {
        try makeFolders()
        let lock = try lock(.exclusive)
        defer { withExtendedLifetime(lock) {} }
        for version in versions { _ = try resolve(.version(version.name, version.number)) }
        let removal = try order(versions, withDescendants: withDescendants)
        let live = Set(try runs.list().filter(\.isLive).map(\.id))
        let needs = try runs.needs()
        var going: [(name: ModelName, number: Int, manifest: ContentDigest?)] = []
        for version in removal { going.append((version.name, version.number, version.manifest)) }
        for (name, number) in unreadable {
            going.append((name, number, try recordedManifest(of: "\(name)@\(number)")))
        }
        for (name, number, manifest) in going {
            let aliases = try aliases(at: number, of: name)
            guard aliases.isEmpty else {
                throw .hasAliases(version: "\(name)@\(number)", aliases: aliases.map { "\(name):\($0)" })
            }
            if let need = needs.first(where: { $0.manifest == manifest && live.contains($0.run) }) {
                throw .runIsLive(id: need.run)
            }
        }
        for version in removal {
            // The log comes first: a number that is logged as removed but still there is not given twice either.
            try logRemoval(version.name, version.number, version.manifest)
            try refs.remove(version.name, version.number)
        }
        for (name, number, manifest) in going[removal.count...] {
            try logRemoval(name, number, manifest)
            try refs.remove(name, number)
        }
        return removal
    }

    /// Puts a removal on record, with what will be gone with the manifest and its records: what made the version, when,
    /// and the identity of its weights, as far as that can still be read.
    private func logRemoval(_ name: ModelName, _ number: Int, _ digest: ContentDigest?) throws(StoreError) {
        let manifest = digest.flatMap { try? self.manifest($0) }
        let made = digest.flatMap { digest in
            (try? records.list(digest, kind: "created"))?.first { $0.body["version"]?.string == "\(name)@\(number)" }
        }
        try log(name).append(
            "removed",
            [
                "made": made.map { .string($0.time) }, "manifest": digest.map { .string($0.hex) },
                "number": .integer(number), "operation": manifest.map { .string($0.derivation.operation) },
                "weights": manifest?.weightsDigest.map { .string($0.hex) },
            ])
    }

    /// The runs that start from a version and keep what it needs, oldest first.
    public func runs(needing version: ModelVersion) throws(StoreError) -> [String] {
        var ids: [String] = []
        for need in try runs.needs() where need.manifest == version.manifest && !ids.contains(need.run) {
            ids.append(need.run)
        }
        return ids
    }

    /// The aliases that point at a version; of one that cannot be read the log says where it points.
    private func aliases(at number: Int, of name: ModelName) throws(StoreError) -> [AliasName] {
        var found: [AliasName] = []
        for alias in try refs.aliases(name) {
            var target: Int?
            do throws(StoreError) { target = try refs.alias(name, alias) } catch {
                guard case .damaged = error else { throw error }
                target = try log(name).salvage().good.last { $0["alias"]?.string == alias.text }?["number"]?.integer
            }
            if target == number { found.append(alias) }
        }
        return found
    }

    /// `versions`, with what derives from them when that goes too, each before what it was derived from.
    private func order(_ versions: [ModelVersion], withDescendants: Bool) throws(StoreError) -> [ModelVersion] {
        var goes = Set(versions)
        var ordered: [ModelVersion] = []
        var pending = versions[...]
        while let version = pending.popFirst() {
            ordered.append(version)
            // Another name for the same manifest that stays keeps what was derived from it explained.
            guard try self.versions(being: version.manifest).allSatisfy(goes.contains) else { continue }
            let dependents = try dependents(of: version).filter { !goes.contains($0) }
            guard dependents.isEmpty || withDescendants else {
                throw .hasDependents(version: version.description, dependents: dependents.map(\.description))
            }
            goes.formUnion(dependents)
            pending += dependents
        }
        // A manifest names its parents, so nothing derives from itself: whoever was found later cannot be an ancestor,
        // unless it was named at the start.
        var done: [ModelVersion] = []
        var left = ordered
        while !left.isEmpty {
            let manifests = Set(left.map(\.manifest))
            var needed: Set<ContentDigest> = []
            for version in left { needed.formUnion((try? manifest(of: version).derivation.parents) ?? []) }
            let leaves = left.filter { !needed.contains($0.manifest) }
            precondition(!leaves.isEmpty || manifests.isEmpty, "a lineage without an end")
            done += leaves.sorted(by: >)
            left.removeAll { !needed.contains($0.manifest) }
        }
        return done
    }

    /// The versions that were derived from `version` in one step, by name and number.
    public func dependents(of version: ModelVersion) throws(StoreError) -> [ModelVersion] {
        try versions(derivedFrom: version.manifest)
    }
}
