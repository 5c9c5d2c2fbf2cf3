internal import ZooBase
internal import ZooModels
internal import ZooTensor

/// What the frozen part of a model makes of every row: computed once, without dropout, and used by every epoch.
struct FrozenPrefix {
    /// Where the frozen part ends.
    enum Depth: Equatable {
        /// After the embeddings and so many layers, at least one; a row has one vector a token.
        case layers(Int)
        /// In front of the head; a row has one vector.
        case pooler
    }

    let depth: Depth
    private let model: SequenceClassifier
    private let storage: ByteStorage
    /// Where each row's numbers begin, and after the last where they end.
    private let starts: [Int]

    /// The depth that `freeze` gives; nil when nothing is frozen, or the embeddings only, which are as fast to compute
    /// as to read.
    static func depth(_ freeze: FreezeDepth) -> Depth? {
        switch freeze {
        case .none, .embeddings, .layers(0): nil
        case .layers(let count): .layers(count)
        case .all: .pooler
        }
    }

    /// Computes what `model` makes of `rows` up to `depth`, or finds it in `cache`.
    ///
    /// Rows are grouped by their lengths only, so a resumed run computes the same bits.
    init(
        _ depth: Depth, of model: SequenceClassifier, rows: [TokenizedRow], engine: Engine, cache: (any FrozenCache)?
    ) throws(TrainError) {
        self.depth = depth
        self.model = model
        let width = model.encoder.width
        var starts = [0]
        for row in rows { starts.append(starts[starts.count - 1] + width * (depth == .pooler ? 1 : row.ids.count)) }
        self.starts = starts
        let evaluator = Evaluator(model, engine: engine)
        func fill(_ bytes: UnsafeMutableRawBufferPointer) throws(TrainError) {
            let numbers = bytes.bindMemory(to: Float.self)
            try evaluator.forEachBatch(rows) { places, batch, pass in
                let output =
                    switch depth {
                    case .layers(let count): model.encoder.states(batch, after: count, pass)
                    case .pooler: model.encoder.pooled(batch, pass)
                    }
                output.withUnsafeElements { found in
                    var next = 0
                    for place in places {
                        let count = starts[place + 1] - starts[place]
                        _ = UnsafeMutableBufferPointer(rebasing: numbers[starts[place]..<starts[place + 1]])
                            .update(fromContentsOf: found[next..<next + count])
                        next += count
                    }
                }
            }
        }
        let count = starts[rows.count] * 4
        if let cache {
            storage = try cache.bytes(Self.key(depth, model, rows, engine), count: count, make: fill)
        } else {
            storage = try ByteStorage(byteCount: count, fill: fill)
        }
    }

    /// Logits of the rows at `places`, packed in `pass`'s order.
    func logits(_ places: some Sequence<Int>, count: Int, _ pass: Pass) -> Tensor {
        let width = model.encoder.width
        let rows = depth == .pooler ? count : pass.packing.tokenCount
        let input = pass.constant([rows, width]) { numbers in
            var next = 0
            for place in places {
                let count = starts[place + 1] - starts[place]
                storage.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: numbers[next..<next + count]))
                        .copyMemory(
                            from: UnsafeRawBufferPointer(
                                rebasing: bytes[4 * starts[place]..<4 * starts[place + 1]]))
                }
                next += count
            }
        }
        switch depth {
        case .layers(let count): return model.logits(states: input, after: count, pass)
        case .pooler: return model.logits(pooled: input, pass)
        }
    }

    /// Everything that decides a bit of the result.
    private static func key(_ depth: Depth, _ model: SequenceClassifier, _ rows: [TokenizedRow], _ engine: Engine)
        -> ContentDigest
    {
        var hasher = ContentHasher()
        hasher.update(
            "frozen \(depth) \(engine.precision) \(numericsVersion) \(KernelSet.current.json.text(.canonical))\0")
        for parameter in model.parameters where !parameter.isTrainable {
            hasher.update("\(parameter.name) \(parameter.shape)\0")
            parameter.withUnsafeElements { hasher.update(UnsafeRawBufferPointer($0)) }
        }
        for row in rows {
            hasher.update("\(row.ids.count) ")
            row.ids.withUnsafeBytes { hasher.update($0) }
            row.typeIDs.withUnsafeBytes { hasher.update($0) }
        }
        return hasher.finalize()
    }
}
