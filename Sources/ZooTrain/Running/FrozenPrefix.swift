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
    private let numbers: KeptRows

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
        numbers = try KeptRows(
            counts: rows.map { width * (depth == .pooler ? 1 : $0.ids.count) },
            key: KeptRows.key(
                "frozen \(depth)", parameters: model.parameters.filter { !$0.isTrainable }, rows: rows, engine),
            cache: cache
        ) { write throws(TrainError) in
            try Evaluator(model, engine: engine).forEachBatch(rows) { places, batch, pass in
                let output =
                    switch depth {
                    case .layers(let count): model.encoder.states(batch, after: count, pass)
                    case .pooler: model.encoder.pooled(batch, pass)
                    }
                output.withUnsafeElements { found in
                    var next = 0
                    for place in places {
                        let count = width * (depth == .pooler ? 1 : rows[place].ids.count)
                        write(place, 0, UnsafeBufferPointer(rebasing: found[next..<next + count]))
                        next += count
                    }
                }
            }
        }
    }

    /// Logits of the rows at `places`, packed in `pass`'s order.
    func logits(_ places: some Sequence<Int>, count: Int, _ pass: Pass) -> Tensor {
        let width = model.encoder.width
        let rows = depth == .pooler ? count : pass.packing.tokenCount
        let input = pass.constant(rows: rows, width: width) { numbers in
            var next = 0
            for place in places { next += self.numbers.copy(place, toBeginningOf: numbers[next...]) }
        }
        switch depth {
        case .layers(let count): return model.logits(states: input, after: count, pass)
        case .pooler: return model.logits(pooled: input, pass)
        }
    }
}
