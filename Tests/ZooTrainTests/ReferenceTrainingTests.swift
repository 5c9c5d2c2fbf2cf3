import Testing
import ZooBase
import ZooCheckpoint
import ZooModels
import ZooTensor
import ZooTrain

/// Twenty AdamW steps of PyTorch from the same weights on the same batches.
@Suite struct ReferenceTrainingTests {
    let golden: Checkpoint

    init() throws { golden = try Checkpoint.open(FilePaths.join(TinyBert.folder, "golden.safetensors")) }

    private func values<Element: BitwiseCopyable>(_ name: String, as type: Element.Type) throws -> [Element] {
        try #require(golden[name]).view().withUnsafeBytes { Array($0.bindMemory(to: type)) }
    }

    /// The batch of `step`, row by row.
    private func rows(_ step: Int) throws -> [LabelledRow] {
        let ids = try values("step.\(step).input_ids", as: Int64.self).map { Int32($0) }
        let types = try values("step.\(step).token_type_ids", as: Int64.self).map { Int32($0) }
        let labels = try values("step.\(step).labels", as: Int64.self)
        var start = 0
        return try zip(values("step.\(step).lengths", as: Int64.self), labels).map { length, label in
            let range = start..<start + Int(length)
            start = range.upperBound
            return LabelledRow(
                TokenizedRow(ids: Array(ids[range]), typeIDs: Array(types[range])), target: .label(Int(label)))
        }
    }

    @Test func lossesAndWeightsAreThoseOfPyTorch() throws {
        let batches = try (0..<20).map(rows)
        var recipe = Recipe()
        recipe.epochs = 1
        recipe.batchSize = batches[0].count
        recipe.lr = 1e-3
        // The rows lie so that the shuffled order is the order of the batches.
        let order = BatchPlan(rowCount: 20 * batches[0].count, batchSize: batches[0].count, seed: recipe.seed)
            .batches(epoch: 0)
        var training = batches.flatMap { $0 }
        for (step, places) in order.enumerated() {
            for (index, place) in places.enumerated() { training[place] = batches[step][index] }
        }
        let model = try TinyBert.model()
        let trainer = try Trainer(
            model: model, task: SequenceClassification(labels: ["negative", "neutral", "positive"]), recipe: recipe,
            training: training, validation: batches[0], engine: Engine(threads: 1))
        var steps: [StepReport] = []
        let outcome = try trainer.run { if case .step(let report) = $0 { steps.append(report) } }
        #expect(outcome.result?.stepsRun == 20 && steps.count == 20)

        let losses = try values("losses", as: Float.self)
        let norms = try values("grad_norms", as: Float.self)
        let rates = try values("learning_rates", as: Double.self)
        for (index, step) in steps.enumerated() {
            #expect(abs(step.loss - Double(losses[index])) < 1e-3 * Double(losses[index]), "step \(index)")
            #expect(abs(step.gradientNorm - Double(norms[index])) < 1e-3 * Double(norms[index]), "step \(index)")
            #expect(abs(step.learningRate - rates[index]) < 1e-15, "step \(index)")
        }
        let moved = rates.reduce(0, +)
        for parameter in model.parameters {
            let expected = try values("final." + parameter.name, as: Float.self)
            let difference = zip(parameter.elements, expected).map { abs($0 - $1) }.max() ?? 0
            // A key bias has no true gradient: it moves by rounding noise, by at most the learning rate a step.
            let bound = parameter.name.hasSuffix("key.bias") ? 2 * moved : 1e-4
            #expect(Double(difference) < bound, "\(parameter.name): \(difference)")
        }
    }
}
