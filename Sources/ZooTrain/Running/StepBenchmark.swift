internal import ZooBase
internal import ZooModels
public import ZooTensor

/// How fast training steps are on a random model of the size of MiniLM-L6: batches of 32 rows of 10 to 37 tokens.
public struct StepBenchmark: Sendable, Hashable {
    /// Steps measured, after the first ones.
    public let stepCount: Int
    /// Tokens of all of them.
    public let tokenCount: Int
    /// Rows of all of them.
    public let rowCount: Int
    /// Seconds of all of them.
    public let seconds: Double
    /// Multiplications and additions of the linear layers of full passes forward and backward: 6 for each weight and
    /// token.
    ///
    /// What a step leaves out, because nothing depends on it, counts as done.
    public let flops: Double

    private static let configuration: JSON = [
        "model_type": "bert", "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6,
        "num_attention_heads": 12, "intermediate_size": 1536, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 512, "type_vocab_size": 2,
        "layer_norm_eps": 1e-12, "pad_token_id": 0,
    ]

    /// Trains for `steps` steps after two that warm up.
    ///
    /// - Throws: `TrainError`.
    public static func run(threads: Int, precision: Precision, steps: Int = 8) throws(TrainError) -> StepBenchmark {
        let model: SequenceClassifier
        do {
            model = try SequenceClassifier.load(
                tensors: try Bert.measuringTensors(configuration), configuration: configuration,
                head: HeadSpecification(labelCount: 2, source: .fresh(seed: 1)))
        } catch { throw .model(error) }
        var recipe = Recipe()
        recipe.epochs = 1
        recipe.precision = precision
        let rows = (0..<(steps + 2) * recipe.batchSize).map { index in
            let ids = (0..<10 + index * 7 % 28).map { Int32(1000 + (index * 31 + $0 * 7) % 20000) }
            return LabelledRow(TokenizedRow(ids: ids, typeIDs: ids.map { _ in 0 }), target: .label(index % 2))
        }
        let trainer = try Trainer(
            model: model, task: SequenceClassification(labels: ["a", "b"]), recipe: recipe, training: rows,
            validation: Array(rows.prefix(1)), engine: Engine(threads: threads))
        let clock = ContinuousClock()
        let plan = trainer.batches.batches(epoch: 0)
        var (start, done, seconds) = (clock.now, 0, 0.0)
        _ = try trainer.run { event in
            guard case .step = event else { return }
            done += 1
            if done == 2 { start = clock.now }
            if done == plan.count { seconds = (clock.now - start).seconds }
        }
        let measured = plan.dropFirst(2).joined()
        let tokens = measured.reduce(0) { $0 + rows[$1].tokens.ids.count }
        let weights = 6 * (4 * 384 * 384 + 2 * 384 * 1536)
        return StepBenchmark(
            stepCount: plan.count - 2, tokenCount: tokens, rowCount: measured.count, seconds: seconds,
            flops: 6 * Double(weights) * Double(tokens))
    }
}
