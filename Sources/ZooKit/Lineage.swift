internal import ZooBase
internal import ZooStore

extension Registry {
    /// What the version was made from, back to where it came from.
    public func lineage(of reference: String) throws -> LineageNode {
        let store = reading
        let version = try store.version(reference)
        var manifests: [ContentDigest: Manifest] = [:]
        var pending = [version.manifest]
        while let digest = pending.popLast() {
            guard manifests[digest] == nil else { continue }
            let manifest = try store.manifest(digest)
            manifests[digest] = manifest
            pending += manifest.derivation.parents
        }
        let names = try store.versions(being: Set(manifests.keys))
        // Each is made once: through merges the ways that lead to a version multiply.
        var nodes: [ContentDigest: LineageNode] = [:]
        func node(_ digest: ContentDigest) -> LineageNode? {
            if let known = nodes[digest] { return known }
            guard let manifest = manifests[digest] else { return nil }
            let made = LineageNode(
                names: (names[digest] ?? []).map(\.description), digest: digest,
                operation: manifest.derivation.operation, derivation: manifest.derivation.json,
                kernelSet: manifest.kernelSet, metrics: manifest.metrics, weightsDigest: manifest.weightsDigest,
                parents: manifest.derivation.parents.compactMap(node))
            nodes[digest] = made
            return made
        }
        return node(version.manifest)!
    }
}
