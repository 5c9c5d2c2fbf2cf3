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
        let theirs = try Self.body(found)
        var (same, recast, different): (Int, Int, [String]) = (0, 0, [])
        var (squares, norm) = (0.0, 0.0)
        for tensor in weights.tensors {
            guard let other = theirs[tensor.info.name], other.info.shape == tensor.info.shape else { continue }
            let view = try other.view()
            if other.info.dtype == tensor.info.dtype, digests[ExactString(tensor.info.name)] == view.digest {
                same += 1
            } else if try tensor.isCast(of: other) {
                recast += 1
            } else {
                different.append(tensor.info.name)
                if let elements = ElementDifference(view, try tensor.view()) {
                    squares += elements.squares
                    norm += elements.firstSquares
                }
            }
        }
        let common = same + recast + different.count
        guard common * 2 > weights.tensors.count else { return nil }
        let name = version.description
        let moved = norm > 0 ? (squares / norm).squareRoot() : 0
        let isWhole = common == weights.tensors.count && different.isEmpty
        var reason = "\(same) of \(theirs.tensors.count) tensors are the same bytes"
        if recast > 0 { reason += ", \(recast) the same but for their dtype" }
        if isWhole {
            let relation = common < theirs.tensors.count ? "part of it" : "the same weights"
            return (1.5, .init(version: name, relation: relation, reason: reason))
        }
        if different.allSatisfy({ $0.hasPrefix("classifier.") }) {
            return (1, .init(version: name, relation: "its body with another head", reason: reason))
        }
        guard moved < 0.5 else { return nil }
        let percent = (moved * 1e5).rounded() / 1e3
        return (
            1 - moved,
            .init(
                version: name, relation: "fine-tuned from it, or from the same base",
                reason: "\(different.count) of \(common) tensors moved, by \(percent) % of their norm; "
                    + "\(same + recast) are the same")
        )
    }
}
