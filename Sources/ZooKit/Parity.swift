public import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooTensor
internal import ZooTrain

/// How far the engine is from reference values that PyTorch computed.
public struct ParityReport: Sendable, JSONRepresentable {
    /// Largest difference of a logit in one packed batch.
    public let logitsMaxAbs: Double
    /// Largest difference between a text alone and in the packed batch.
    public let aloneMaxAbs: Double
    /// Whether that difference is none, in bits.
    public let aloneEqualBits: Bool
    /// Per parameter: ‖ours − theirs‖ ÷ ‖theirs‖, ‖ours‖ and ‖theirs‖.
    public let gradients: [(name: String, relative: Double, norm: Double, referenceNorm: Double)]
    /// Ours and theirs, step by step.
    public let losses: [(own: Double, reference: Double)]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "logitsMaxAbs": .number(logitsMaxAbs), "aloneMaxAbs": .number(aloneMaxAbs),
            "aloneEqualBits": .bool(aloneEqualBits),
            "gradients": .array(
                gradients.map {
                    [
                        "name": .string($0.name), "relative": .number($0.relative), "norm": .number($0.norm),
                        "referenceNorm": .number($0.referenceNorm),
                    ]
                }), "losses": .array(losses.map { .number($0.own) }),
            "referenceLosses": .array(losses.map { .number($0.reference) }),
        ]
    }
}

extension Registry {
    /// Compares the engine with the reference values in `folder`, as Fixtures/generate/minilm_golden.py wrote them.
    public func parity(_ folder: String, threads: Int?) throws -> ParityReport {
        let golden = Golden(
            checkpoint: try Checkpoint.open(FilePaths.join(folder, "golden.safetensors")),
            model: FilePaths.join(folder, "model"))
        let engine = Engine(threads: threads ?? Threads.available)
        let (packed, alone) = try golden.logits(engine)
        let expected = golden.floats("logits")
        return ParityReport(
            logitsMaxAbs: Self.largestDifference(packed, expected),
            aloneMaxAbs: Self.largestDifference(packed, alone), aloneEqualBits: packed == alone,
            gradients: try golden.gradients(engine), losses: try golden.losses(engine))
    }

    private static func largestDifference(_ a: [Float], _ b: [Float]) -> Double {
        precondition(a.count == b.count, "\(a.count) and \(b.count) values")
        return zip(a, b).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
    }
}

/// Reference values and the model they were computed with.
private struct Golden {
    let checkpoint: Checkpoint
    let model: String

    func floats(_ name: String) -> [Float] {
        guard let view = try? checkpoint[name]?.view() else { preconditionFailure("the golden has no \(name)") }
        return view.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    private func integers(_ name: String) -> [Int] {
        guard let view = try? checkpoint[name]?.view() else { preconditionFailure("the golden has no \(name)") }
        return view.withUnsafeBytes { $0.bindMemory(to: Int64.self).map(Int.init) }
    }

    private func batch(_ prefix: String) -> (batch: TokenBatch, labels: [Int32]) {
        let packing = Packing(lengths: integers(prefix + "lengths"))
        let (ids, types) = (integers(prefix + "input_ids"), integers(prefix + "token_type_ids"))
        return (
            TokenBatch(
                sequences: (0..<packing.count).map { ids[packing[$0]].map(UInt32.init) },
                typeIDs: (0..<packing.count).map { types[packing[$0]].map(UInt32.init) }),
            integers(prefix + "labels").map(Int32.init)
        )
    }

    private func classifier() throws -> SequenceClassifier {
        let files = try ModelFiles(path: model)
        return try SequenceClassifier.load(
            tensors: try files.weights().views(), configuration: try files.configuration(),
            head: HeadSpecification(labelCount: 2, source: .stored), dropout: 0)
    }

    /// The logits of all texts in one packed batch, and of each alone.
    func logits(_ engine: Engine) throws -> (packed: [Float], alone: [Float]) {
        let model = try classifier()
        func run(_ batch: TokenBatch) -> [Float] {
            model.logits(batch, Pass(engine: engine, mode: .inference, packing: batch.packing)).elements
        }
        let (all, _) = batch("")
        let alone = (0..<all.packing.count).flatMap { index in
            run(
                TokenBatch(
                    sequences: [Array(all.ids[all.packing[index]])], typeIDs: [Array(all.typeIDs[all.packing[index]])]))
        }
        return (run(all), alone)
    }

    func gradients(_ engine: Engine) throws -> [(name: String, relative: Double, norm: Double, referenceNorm: Double)] {
        let model = try classifier()
        let (batch, labels) = batch("batch.")
        let pass = Pass(engine: engine, mode: .training(seed: 0, step: 0), packing: batch.packing)
        _ = pass.crossEntropy(model.logits(batch, pass), labels: labels)
        pass.backward()
        return model.parameters.map { parameter in
            let expected = floats("grad." + parameter.name)
            let own = parameter.gradientElements ?? [Float](repeating: 0, count: expected.count)
            var (difference, norm, reference) = (0.0, 0.0, 0.0)
            for (a, b) in zip(own, expected) {
                difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
                norm += Double(a) * Double(a)
                reference += Double(b) * Double(b)
            }
            return (
                parameter.name, (difference / max(reference, .leastNormalMagnitude)).squareRoot(), norm.squareRoot(),
                reference.squareRoot()
            )
        }
    }

    func losses(_ engine: Engine) throws -> [(own: Double, reference: Double)] {
        let model = try classifier()
        let reference = floats("losses")
        let optimizer = AdamW(model.parameters, engine: engine)
        let schedule = Schedule(.linear, warmup: 0.1, stepCount: reference.count)
        return reference.indices.map { step in
            let (batch, labels) = batch("step.\(step).")
            let pass = Pass(engine: engine, mode: .training(seed: 0, step: step), packing: batch.packing)
            let loss = pass.crossEntropy(model.logits(batch, pass), labels: labels)
            pass.backward()
            let settings = model.parameters.map {
                AdamW.Settings(
                    learningRate: 5e-5 * schedule.factor(step), weightDecay: $0.role.isNormOrBias ? 0 : 0.01)
            }
            optimizer.step(
                settings,
                gradientScale: GradientClipping.coefficient(norm: optimizer.gradientNorm(), bound: 1))
            return (loss, Double(reference[step]))
        }
    }
}
