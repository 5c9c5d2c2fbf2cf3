import Foundation
import Testing
import ZooBase
import ZooModels
import ZooNN
import ZooTensor

/// The tiny BERT of Fixtures/models/bert against what PyTorch computed with the same weights.
@Suite struct BertTests {
    let folder =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/Fixtures/models/bert"
    let golden: SafetensorsFile
    let weights: SafetensorsFile
    let configuration: JSON
    let batch: TokenBatch

    init() throws {
        golden = try SafetensorsFile(folder + "/golden.safetensors")
        weights = try SafetensorsFile(folder + "/model.safetensors")
        configuration = try JSONParser.parse(FilePaths.read(folder + "/config.json"))
        batch = try golden.batch("")
    }

    func model(dropout: Double? = 0) throws -> SequenceClassifier {
        try SequenceClassifier.load(
            tensors: weights.tensors, configuration: configuration,
            head: HeadSpecification(labelCount: 3, source: .stored), dropout: dropout)
    }

    func labels(_ prefix: String = "") throws -> [Int32] { try golden.integers(prefix + "labels").map { Int32($0) } }

    @Test(arguments: [1, 2]) func forwardEqualsPyTorch(_ threads: Int) throws {
        let engine = Engine(threads: threads)
        let model = try model()
        let pass = Pass(engine: engine, mode: .inference, packing: batch.packing)
        #expect(try largest(model.encoder.encoded(batch, pass).elements, golden.floats("hidden")) < 1e-5)
        #expect(try largest(model.encoder.pooled(batch, pass).elements, golden.floats("pooled")) < 1e-5)
        #expect(try largest(model.logits(batch, pass).elements, golden.floats("logits")) < 1e-5)
    }

    @Test func gradientsEqualPyTorchs() throws {
        let model = try model()
        let pass = Pass(engine: Engine(threads: 2), mode: .training(seed: 1, step: 0), packing: batch.packing)
        let loss = try pass.crossEntropy(model.logits(batch, pass), labels: labels())
        #expect(try abs(loss - Double(golden.floats("loss")[0])) < 1e-6)
        pass.backward()
        let expected = try model.parameters.map { try golden.floats("grad." + $0.name) }
        let largestNorm = expected.map(norm).max() ?? 0
        for (parameter, expected) in zip(model.parameters, expected) {
            let found = try #require(parameter.gradientElements)
            if parameter.name.hasSuffix("key.bias") {
                #expect(norm(found) < 1e-6 * largestNorm, "\(parameter.name)")
            } else {
                #expect(norm(zip(found, expected).map { $0 - $1 }) < 1e-4 * norm(expected), "\(parameter.name)")
            }
        }
    }

    @Test func weightedAndSmoothedLosses() throws {
        let model = try model()
        for (name, options) in [
            ("weighted", CrossEntropyOptions(classWeights: [1, 2, 0.5])),
            ("smoothed", CrossEntropyOptions(smoothing: 0.1)),
        ] {
            let pass = Pass(engine: Engine(threads: 1), mode: .inference, packing: batch.packing)
            let loss = try pass.crossEntropy(model.logits(batch, pass), labels: labels(), options)
            #expect(try abs(loss - Double(golden.floats(name + ".loss")[0])) < 1e-6)
        }
    }

    @Test func twentyStepsEqualPyTorchs() throws {
        let engine = Engine(threads: 2)
        let model = try model()
        let optimizer = AdamW(model.parameters, engine: engine)
        let losses = try golden.floats("losses"), norms = try golden.floats("grad_norms")
        let rates = try golden.doubles("learning_rates")
        for step in losses.indices {
            let batch = try golden.batch("step.\(step).")
            let pass = Pass(engine: engine, mode: .training(seed: 1, step: step), packing: batch.packing)
            let loss = try pass.crossEntropy(model.logits(batch, pass), labels: labels("step.\(step)."))
            pass.backward()
            let norm = optimizer.gradientNorm()
            #expect(abs(loss / Double(losses[step]) - 1) < 1e-4)
            #expect(abs(norm / Double(norms[step]) - 1) < 1e-4)
            let settings = model.parameters.map {
                AdamW.Settings(learningRate: rates[step], weightDecay: $0.role.isNormOrBias ? 0 : 0.01)
            }
            optimizer.step(settings, gradientScale: min(1, 1 / (norm + 1e-6)))
        }
        for parameter in model.parameters {
            let expected = try golden.floats("final." + parameter.name)
            if parameter.name.hasSuffix("key.bias") {
                let start = try weights.floats(parameter.name)
                #expect(largest(parameter.elements, start) <= Float(rates.reduce(0, +)) * 1.001)
            } else {
                let difference = zip(parameter.elements, expected).map { $0 - $1 }
                #expect(norm(difference) < 1e-4 * norm(expected), "\(parameter.name)")
            }
        }
    }

    @Test func aSequenceDoesNotDependOnItsNeighbours() throws {
        let engine = Engine(threads: 2)
        let model = try model()
        func logits(_ batch: TokenBatch) -> [Float] {
            model.logits(batch, Pass(engine: engine, mode: .inference, packing: batch.packing)).elements
        }
        let packed = logits(batch)
        for sequence in 0..<batch.packing.count {
            let tokens = batch.packing[sequence]
            let alone = logits(
                TokenBatch(sequences: [Array(batch.ids[tokens])], typeIDs: [Array(batch.typeIDs[tokens])]))
            let together = Array(packed[sequence * 3..<sequence * 3 + 3])
            if KernelSet.current.instructionSet == "avx512" {
                #expect(alone.map(\.bitPattern) == together.map(\.bitPattern), "sequence \(sequence)")
            } else {
                #expect(largest(alone, together) < 1e-5, "sequence \(sequence)")
            }
        }
    }

    @Test func threadsChangeNoBitOfTraining() throws {
        func train(_ threads: Int) throws -> [[UInt32]] {
            let engine = Engine(threads: threads)
            let model = try model(dropout: 0.1)
            let optimizer = AdamW(model.parameters, engine: engine)
            for step in 0..<3 {
                let batch = try golden.batch("step.\(step).")
                let pass = Pass(engine: engine, mode: .training(seed: 7, step: step), packing: batch.packing)
                _ = try pass.crossEntropy(model.logits(batch, pass), labels: labels("step.\(step)."))
                pass.backward()
                optimizer.step(model.parameters.map { _ in .init(learningRate: 1e-3, weightDecay: 0) })
            }
            return model.parameters.map { $0.elements.map(\.bitPattern) }
        }
        let one = try train(1)
        #expect(try train(2) == one)
        #expect(try one != model().parameters.map { $0.elements.map(\.bitPattern) })
    }
}

/// The largest difference.
func largest(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}

/// The Euclidean norm.
func norm(_ x: [Float]) -> Double { x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
