import Testing
import ZooBase

@testable import ZooTensor

@Suite struct ThreadTests {
    /// Everything one training step leaves, as bits.
    private func step(threads: Int, warmUp: Bool) -> [[UInt32]] {
        let engine = Engine(threads: threads)
        let packing = Packing(lengths: [40, 3, 77, 1, 128, 20])
        let width = 48
        let word = parameter("word", [50, width], seed: 1), type = parameter("type", [2, width], seed: 2)
        let position = parameter("position", [128, width], seed: 3)
        let gain = parameter("gain", [width], seed: 4, around: 1), bias = parameter("bias", [width], seed: 5)
        let tables = EmbeddingParameters(
            word: word, type: type, position: position, gain: gain, bias: bias, paddingID: 0)
        let weights = (0..<4).map { parameter("w\($0)", [width, width], seed: 6 + UInt64($0)) }
        let ids = (0..<UInt32(packing.tokenCount)).map { $0 * 13 % 50 }
        let types = [UInt32](repeating: 0, count: ids.count)
        let optimizer = AdamW([word, type, position, gain, bias] + weights, engine: engine)
        if warmUp {
            // Another shape first: memory and primitives are then not fresh.
            let pass = Pass(engine: engine, mode: .inference, packing: Packing(lengths: [9]))
            let x = pass.embedding(
                Array(ids.prefix(9)), types: Array(types.prefix(9)), tables, epsilon: 1e-6, dropout: 0)
            _ = pass.linear(x, weights[0], nil)
        }
        var losses: [UInt32] = []
        for number in 0..<3 {
            let pass = Pass(engine: engine, mode: .training(seed: 3, step: number), packing: packing)
            let x = pass.embedding(ids, types: types, tables, epsilon: 1e-6, dropout: 0.1)
            let context = pass.attention(
                query: pass.linear(x, weights[0], nil), key: pass.linear(x, weights[1], nil),
                value: pass.linear(x, weights[2], nil), heads: 3, scale: 0.25, dropout: 0.1)
            let y = pass.residualNorm(
                pass.linear(context, weights[3], bias), x, gain: gain, bias: bias, epsilon: 1e-6, dropout: 0.1)
            let loss = pass.squaredError(y, targets: samples(y.shape.elementCount, seed: 1))
            pass.backward()
            let norm = optimizer.gradientNorm()
            losses.append(Float(loss).bitPattern)
            optimizer.step(
                optimizer.parameters.map { _ in .init(learningRate: 1e-3, weightDecay: 0.01) },
                gradientScale: 1 / (norm + 1))
        }
        return [losses] + optimizer.parameters.map { $0.elements.map(\.bitPattern) }
    }

    @Test func threadsAndHistoryChangeNoBit() {
        let one = step(threads: 1, warmUp: false)
        #expect(step(threads: 2, warmUp: false) == one)
        #expect(step(threads: 3, warmUp: false) == one)
        #expect(step(threads: 2, warmUp: true) == one)
    }

    @Test func everyTileRunsOnce() {
        let workers = Workers(count: 3)
        for tiles in [0, 1, 2, 3, 100] {
            let hits = UnsafeMutablePointer<Int>.allocate(capacity: tiles + 1)
            hits.initialize(repeating: 0, count: tiles + 1)
            defer { hits.deallocate() }
            workers.run(tiles: tiles) { tile, _ in hits[tile] += 1 }
            #expect((0..<tiles).allSatisfy { hits[$0] == 1 } && hits[tiles] == 0)
        }
    }

    @Test func sparseRowsTrainLikeDenseOnes() {
        let engine = Engine(threads: 2)
        let (sparse, dense) = (parameter("a", [9, 5], seed: 1), parameter("b", [9, 5], seed: 1))
        let optimizers = [AdamW([sparse], engine: engine), AdamW([dense], engine: engine)]
        for (number, rows) in [[1, 4], [0, 8], [4], [2, 3, 4, 5]].enumerated() {
            let part = Buffer(zeros: rows.count * 5)
            _ = part.elements.update(fromContentsOf: samples(rows.count * 5, seed: UInt64(number)))
            sparse.gradient = .rows(rows.map { UInt32($0) }, part)
            let whole = Buffer(zeros: 45)
            _ = whole.elements.update(fromContentsOf: sparse.gradientElements!)
            dense.gradient = .dense(whole)
            for optimizer in optimizers {
                optimizer.step([.init(learningRate: 0.1, weightDecay: 0.1)], gradientScale: 0.5)
            }
            #expect(sparse.elements.map(\.bitPattern) == dense.elements.map(\.bitPattern))
            #expect(optimizers[0].gradientNorm() > 0)
        }
        let resumed = AdamW([sparse], engine: engine)
        let moments = optimizers[0].withMoments(0) { [Array($0), Array($1)] }
        resumed.restore(stepCount: 4) { _, first, second in
            _ = first.update(fromContentsOf: moments[0])
            _ = second.update(fromContentsOf: moments[1])
        }
        #expect(resumed.withMoments(0) { [Array($0), Array($1)] } == moments && resumed.stepCount == 4)
    }
}
