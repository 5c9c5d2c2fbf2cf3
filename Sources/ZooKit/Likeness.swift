internal import ZooBase
internal import ZooCheckpoint

/// What the tensors of one model are to those of another, by names that both share.
struct Likeness {
    private let weights: StateDict
    private let other: StateDict
    /// Tensors with the same bytes.
    private var same = 0
    /// Tensors that are the same but for their dtype.
    private var recast = 0
    /// Tensors that the other has under another name.
    private var renamed = 0
    /// Tensors of the same name and shape and other numbers.
    private var different: [String] = []
    /// Tensors of the same name and another shape: both.
    private var reshaped: [(mine: TensorInfo, its: TensorInfo)] = []
    /// Tensors that the other has not.
    private var added: [String] = []
    private var (squares, norm) = (0.0, 0.0)
    /// Bytes of the tensors of this model that the other has too.
    private var foundBytes = 0

    /// Tells where each tensor of `weights`, whose bytes have these digests, is found in `other`.
    ///
    /// - Throws: `CheckpointError` when the bytes of a tensor cannot be made.
    init(_ weights: StateDict, _ digests: [ExactString: ContentDigest], to other: StateDict) throws {
        (self.weights, self.other) = (weights, other)
        var unlike: [CheckpointTensor] = []
        var known: [ExactString: ContentDigest] = [:]
        for tensor in weights.tensors {
            let name = ExactString(tensor.info.name)
            guard let partner = other[tensor.info.name], partner.info.shape == tensor.info.shape else {
                unlike.append(tensor)
                continue
            }
            let view = try partner.view()
            defer { view.storage.relinquish(view.range) }
            known[name] = view.digest
            if partner.info.dtype == tensor.info.dtype, digests[name] == known[name] {
                same += 1
                foundBytes += tensor.info.byteCount
            } else if try tensor.isCast(of: partner) {
                recast += 1
                foundBytes += tensor.info.byteCount
            } else {
                unlike.append(tensor)
            }
        }
        guard !unlike.isEmpty else { return }
        struct Form: Hashable { let dtype: DType, shape: Shape }
        let wanted = Set(unlike.map { Form(dtype: $0.info.dtype, shape: $0.info.shape) })
        var all = Set<ContentDigest>()
        for tensor in other.tensors where wanted.contains(Form(dtype: tensor.info.dtype, shape: tensor.info.shape)) {
            if let digest = known[ExactString(tensor.info.name)] {
                all.insert(digest)
                continue
            }
            let view = try tensor.view()
            all.insert(view.digest)
            view.storage.relinquish(view.range)
        }
        for tensor in unlike {
            if let digest = digests[ExactString(tensor.info.name)], all.contains(digest) {
                renamed += 1
                foundBytes += tensor.info.byteCount
            } else if let partner = other[tensor.info.name] {
                guard partner.info.shape == tensor.info.shape else {
                    reshaped.append((tensor.info, partner.info))
                    continue
                }
                different.append(tensor.info.name)
                let (its, mine) = (try partner.view(), try tensor.view())
                if let elements = ElementDifference(its, mine) {
                    // A number that is none is no small movement.
                    squares += elements.nonFiniteCount > 0 ? .infinity : elements.squares
                    norm += elements.firstSquares
                }
                its.storage.relinquish(its.range)
                mine.storage.relinquish(mine.range)
            } else {
                added.append(tensor.info.name)
            }
        }
    }

    /// In words, with a score that is larger the nearer; nil when they have little in common.
    var verdict: (relation: String, reason: String, score: Double)? {
        let (count, found) = (weights.tensors.count, same + recast + renamed)
        // By bytes: biases and gains of norms are the same ones and zeros in models that have nothing in common.
        let share = Double(foundBytes) / Double(max(weights.tensors.reduce(0) { $0 + $1.info.byteCount }, 1))
        guard foundBytes > 0 || norm > 0 else { return nil }
        if found == count, renamed == 0 {
            return (count < other.tensors.count ? "part of it" : "the same weights", reason, 1.5)
        }
        if found == count, count == other.tensors.count { return ("the same weights under other names", reason, 1.4) }
        let gone = other.names.filter { weights[$0] == nil }
        let changed = different + reshaped.map(\.mine.name) + added
        if (changed + gone).allSatisfy(Self.isHead), renamed == 0, found > 0 {
            return ("its body with another head", reason, 1)
        }
        let body = changed.filter { !Self.isHead($0) }
        let smaller = reshaped.filter { pair in
            zip(pair.mine.shape.dimensions, pair.its.shape.dimensions).allSatisfy { $0 <= $1 }
                && pair.mine.shape.rank == pair.its.shape.rank
        }
        let isLarge = foundBytes * 20 >= other.tensors.reduce(0) { $0 + $1.info.byteCount }
        if Set(body).isSubset(of: smaller.map(\.mine.name)), share >= 0.25, isLarge {
            return ("a cut of it", reason, 0.9 * share)
        }
        let moved = norm > 0 ? (squares / norm).squareRoot() : 0
        if body.allSatisfy(different.contains), (found + different.count) * 2 > count, moved < 0.5 {
            return (
                "fine-tuned from it, or from the same base",
                "\(different.count) of \(count) tensors moved, by \((moved * 1e5).rounded() / 1e3) % of their norm; "
                    + "\(found) are the same", 1 - moved
            )
        }
        return share >= 0.5 ? ("near it", reason, 0.5 * share) : nil
    }

    private static func isHead(_ name: String) -> Bool {
        ["classifier.", "qa_outputs.", "cls."].contains { name.hasPrefix($0) }
    }

    /// What is the same and what differs, in words.
    private var reason: String {
        var text = "\(same) of \(Counted(other.tensors.count, "tensor")) are the same bytes"
        if recast > 0 { text += ", \(recast) the same but for their dtype" }
        if renamed > 0 { text += ", \(renamed) the same under other names" }
        if let table = reshaped.first(where: { $0.mine.name.hasSuffix("word_embeddings.weight") }) {
            text += "; the word table has other rows (\(table.mine.shape), not \(table.its.shape))"
        }
        let others = reshaped.filter { !$0.mine.name.hasSuffix("word_embeddings.weight") }
        if let first = others.first {
            text += "; \(first.mine.name) is \(first.mine.shape), not \(first.its.shape)"
            if others.count > 1 { text += ", and \(others.count - 1) more have other shapes" }
        }
        if !different.isEmpty { text += "; \(Counted(different.count, "tensor")) changed" }
        let gone = other.tensors.count { weights[$0.info.name] == nil }
        if gone > 0 { text += "; \(gone) not here" }
        return text
    }
}
