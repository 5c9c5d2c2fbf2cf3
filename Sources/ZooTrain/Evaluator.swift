public import ZooModels
public import ZooTensor

/// Runs a model over rows without training it.
public struct Evaluator {
    private let model: SequenceClassifier
    private let engine: Engine
    /// Rows that are ordered by length together.
    private static let window = 4096
    /// Tokens of a batch, unless one row has more.
    private static let batchTokens = 2048

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
        try logits(rows, progress: progress) { _, batch, pass in model.logits(batch, pass) }
    }

    /// What the encoder makes of each row, in the order of the rows: the input of the head.
    ///
    /// - Throws: `TrainError.model` when the model has no place for a row.
    public func pooled(_ rows: [TokenizedRow]) throws(TrainError) -> [[Float]] {
        try logits(rows) { _, batch, pass in model.encoder.pooled(batch, pass) }
    }

    /// The last hidden states of each row, token after token, in the order of the rows.
    ///
    /// - Throws: `TrainError.model` when the model has no place for a row.
    public func encoded(_ rows: [TokenizedRow]) throws(TrainError) -> [[Float]] {
        var result: [[Float]] = []
        for row in rows { result += try logits([row]) { _, batch, pass in model.encoder.encoded(batch, pass) } }
        return result
    }

    /// The outputs that `compute` finds for the rows at `places`, in the order of the rows.
    func logits(
        _ rows: [TokenizedRow], progress: (Int) -> Void = { _ in },
        _ compute: (_ places: ArraySlice<Int>, TokenBatch, Pass) -> Tensor
    ) throws(TrainError) -> [[Float]] {
        var result = [[Float]](repeating: [], count: rows.count)
        var done = 0
        try forEachBatch(rows) { places, batch, pass in
            let outputs = compute(places, batch, pass).elements
            let width = outputs.count / places.count
            for (index, place) in places.enumerated() {
                result[place] = Array(outputs[index * width..<(index + 1) * width])
            }
            done += places.count
            progress(done)
        }
        return result
    }

    /// Calls `body` with every row once, in batches whose rows are of like length: their places, packed, with a pass.
    func forEachBatch(
        _ rows: [TokenizedRow], _ body: (_ places: ArraySlice<Int>, TokenBatch, Pass) -> Void
    ) throws(TrainError) {
        let pass = Pass(engine: engine, mode: .inference)
        var batch = TokenBatch()
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
                batch.removeAll()
                for place in order[next..<end] { batch.append(rows[place]) }
                do { try model.check(batch) } catch { throw .model(error) }
                pass.begin(.inference, packing: batch.packing)
                body(order[next..<end], batch, pass)
                next = end
            }
        }
    }
}
