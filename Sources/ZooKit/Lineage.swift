internal import ZooBase
internal import ZooStore

extension Registry {
    /// What the version was made from, back to where it came from.
    public func lineage(of reference: String) throws -> LineageNode {
        let store = reading
        let version = try store.version(reference)
        var seen: Set<ContentDigest> = []
        var pending = [version.manifest]
        while let digest = pending.popLast() {
            guard seen.insert(digest).inserted else { continue }
            pending += try store.manifest(digest).derivation.parents
        }
        return try node(version.manifest, names: try store.versions(being: seen), in: store)
    }

    private func node(
        _ digest: ContentDigest, names: [ContentDigest: [ModelVersion]], in store: Store
    ) throws -> LineageNode {
        let manifest = try store.manifest(digest)
        return LineageNode(
            names: (names[digest] ?? []).map(\.description), digest: digest,
            operation: manifest.derivation.operation, derivation: manifest.derivation.json,
            kernelSet: manifest.kernelSet, metrics: manifest.metrics, weightsDigest: manifest.weightsDigest,
            parents: try manifest.derivation.parents.map { try node($0, names: names, in: store) })
    }
}
