public import ZooModels
public import ZooTensor

/// Runs a model over rows without training it.
public struct Evaluator {
    private let model: SequenceClassifier
    private let engine: Engine
    /// Rows that are ordered by length together.
    private static let window = 4096
    /// Tokens of a batch, unless one row has more.
    private static let batchTokens = 4096

    /// Prepares to run `model`.
    public init(_ model: SequenceClassifier, engine: Engine) {
        self.model = model
        self.engine = engine
    }

    /// The logits of each row, in the order of the rows.
    ///
    /// Batches are cut from windows ordered by length; as sequences do not see each other, that changes speed only.
    /// `progress` gets the number of rows done.
    ///
    /// - Throws: `TrainError.model` when the model has no place for a row.
    public func logits(_ rows: [TokenizedRow], progress: (Int) -> Void = { _ in }) throws(TrainError) -> [[Float]] {
        try run(rows, progress) { model.logits($0, $1) }
    }

    /// What the encoder makes of each row, in the order of the rows: the input of the head.
    ///
    /// - Throws: `TrainError.model` when the model has no place for a row.
    public func pooled(_ rows: [TokenizedRow]) throws(TrainError) -> [[Float]] {
        try run(rows, { _ in }) { model.encoder.pooled($0, $1) }
    }

    private func run(
        _ rows: [TokenizedRow], _ progress: (Int) -> Void, _ compute: (TokenBatch, Pass) -> Tensor
    ) throws(TrainError) -> [[Float]] {
        var result = [[Float]](repeating: [], count: rows.count)
        var done = 0
        for start in stride(from: 0, to: rows.count, by: Self.window) {
            let order = (start..<min(start + Self.window, rows.count)).sorted {
                (rows[$0].ids.count, $0) < (rows[$1].ids.count, $1)
            }
            var next = 0
            while next < order.count {
                var (end, tokens) = (next, 0)
                while end < order.count, end == next || tokens + rows[order[end]].ids.count <= Self.batchTokens {
                    tokens += rows[order[end]].ids.count
                    end += 1
                }
                let places = order[next..<end]
                let outputs = try run(TokenBatch(places.map { rows[$0] }), compute)
                let width = outputs.count / places.count
                for (index, place) in places.enumerated() {
                    result[place] = Array(outputs[index * width..<(index + 1) * width])
                }
                done += places.count
                progress(done)
                next = end
            }
        }
        return result
    }

    private func run(
        _ batch: TokenBatch, _ compute: (TokenBatch, Pass) -> Tensor
    ) throws(TrainError) -> [Float] {
        do { try model.check(batch) } catch { throw .model(error) }
        return compute(batch, Pass(engine: engine, mode: .inference, packing: batch.packing)).elements
    }
}
