internal import ZooBase
internal import ZooCheckpoint
internal import ZooStore

extension Registry {
    /// What the registry knows about the weights that `source` names.
    public func whatIs(_ source: String) throws -> WhatIsResult {
        let store = reading
        let files = try ModelFiles(source, in: store, verify: true)
        let weights = try files.weights()
        var digests: [ExactString: ContentDigest] = [:]
        var rows: [(info: TensorInfo, digest: ContentDigest)] = []
        for tensor in weights.tensors {
            let view = try tensor.view()
            let digest = view.digest
            view.storage.relinquish(view.range)
            digests[ExactString(tensor.info.name)] = digest
            rows.append((tensor.info, digest))
        }
        let whole = WeightsDigest.of(rows)
        var matches: [(score: Double, match: WhatIsResult.Match)] = []
        for version in try store.versions() where version.manifest != files.version {
            guard let manifest = try? store.manifest(of: version) else { continue }
            if manifest.weightsDigest == whole {
                matches.append(
                    (2, .init(version: version.description, relation: "the same weights", reason: "weights digest")))
            } else if let found = try compare(weights, digests, version, manifest, in: store) {
                matches.append(found)
            }
        }
        let sorted = matches.sorted { ($1.score, $0.match.version) < ($0.score, $1.match.version) }
        return WhatIsResult(source: files.source, weightsDigest: whole, matches: sorted.map(\.match))
    }

    /// How near a version is: by tensors that are the same in bytes, then by how far the others moved.
    private func compare(
        _ weights: Checkpoint, _ digests: [ExactString: ContentDigest], _ version: ModelVersion, _ manifest: Manifest,
        in store: Store
    ) throws -> (Double, WhatIsResult.Match)? {
        guard let theirs = try? ModelFiles(version, in: store, verify: false).weights() else { return nil }
        var segments = SegmentDigests()
        for file in manifest.files { segments.add(try store.open(file), file) }
        var (same, common, different): (Int, Int, [String]) = (0, 0, [])
        var (squares, norm) = (0.0, 0.0)
        for tensor in weights.tensors {
            guard let other = theirs[tensor.info.name], other.info.shape == tensor.info.shape else { continue }
            common += 1
            let view = try other.view()
            if other.info.dtype == tensor.info.dtype, digests[ExactString(tensor.info.name)] == view.digest {
                same += 1
                continue
            }
            different.append(tensor.info.name)
            if let elements = ElementDifference(view, try tensor.view()) {
                squares += elements.squares
                norm += elements.firstSquares
            }
        }
        guard common * 2 > weights.tensors.count else { return nil }
        let name = version.description
        let mine = weights.tensors.count - common
        let change = norm > 0 ? (squares / norm).squareRoot() : 0
        let isHead: (String) -> Bool = { $0.hasPrefix("classifier.") }
        if different.allSatisfy(isHead) {
            let relation = different.isEmpty && mine == 0 ? "part of it" : "its body with another head"
            return (
                1, .init(version: name, relation: relation, reason: "\(same) of \(common) tensors are the same bytes")
            )
        }
        guard change < 0.5 else { return nil }
        let moved = (change * 1e5).rounded() / 1e3
        return (
            1 - change,
            .init(
                version: name, relation: "fine-tuned from it, or from the same base",
                reason:
                    "\(different.count) of \(common) tensors moved, by \(moved) % of their norm; \(same) are the same")
        )
    }
}
