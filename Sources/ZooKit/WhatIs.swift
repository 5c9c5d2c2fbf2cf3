internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore

extension Registry {
    /// What the registry knows about the weights that `source` names.
    public func whatIs(_ source: String) throws -> WhatIsResult {
        let store = reading
        let files = try ModelFiles(source, in: store, verify: true)
        let weights = try files.weights()
        let mine = try Self.body(weights)
        var rows: [(info: TensorInfo, digest: ContentDigest)] = []
        for tensor in weights.tensors {
            let view = try tensor.view()
            rows.append((tensor.info, view.digest))
            view.storage.relinquish(view.range)
        }
        let digests = Dictionary(uniqueKeysWithValues: zip(mine.names.map(ExactString.init), rows.map(\.digest)))
        let whole = WeightsDigest.of(rows)
        var matches: [(score: Double, match: WhatIsResult.Match)] = []
        for version in try store.versions() where version.manifest != files.version {
            guard let manifest = try? store.manifest(of: version) else { continue }
            if manifest.weightsDigest == whole {
                matches.append(
                    (2, .init(version: version.description, relation: "the same weights", reason: "weights digest")))
            } else if let found = try compare(mine, digests, version, in: store) {
                matches.append(found)
            }
        }
        let sorted = matches.sorted { ($1.score, $0.match.version) < ($0.score, $1.match.version) }
        return WhatIsResult(source: files.source, weightsDigest: whole, matches: sorted.map(\.match))
    }

    /// The tensors in their order, by names that a base and what was made of it share.
    private static func body(_ weights: Checkpoint) throws -> StateDict {
        let aligned = try NameMaps.aligned(weights, configuration: nil)
        let names = zip(weights.tensors, aligned).map { $1?.info.name ?? $0.info.name }
        return (try? StateDict(zip(weights.tensors, names).map { $0.renamed($1) })) ?? StateDict(weights)
    }

    /// How near a version is: by tensors that are the same in bytes or but for their dtype, then by how far the others
    /// moved.
    private func compare(
        _ weights: StateDict, _ digests: [ExactString: ContentDigest], _ version: ModelVersion, in store: Store
    ) throws -> (Double, WhatIsResult.Match)? {
        guard let found = try? ModelFiles(version, in: store, verify: false).weights() else { return nil }
        let likeness = try Likeness(weights, digests, to: try Self.body(found))
        return likeness.verdict.map { verdict in
            let match = WhatIsResult.Match(
                version: version.description, relation: verdict.relation, reason: verdict.reason)
            return (verdict.score, match)
        }
    }
}
