import Glibc
import Testing
import ZooBase

@testable import ZooTensor

@Suite struct MemoryTests {
    @Test func spansJoinAgainInAnyOrder() {
        let arena = Arena()
        arena.reserve(byteCount: 1 << 20)
        let bytes = arena.byteCount
        var start: UnsafeMutablePointer<Float>?
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            var buffers: [Buffer?] = [100, 7, 5000, 33].map { arena.buffer($0) }
            let starts = buffers.compactMap { $0?.start }
            #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }, "buffers overlap or lie in no order")
            for place in order {
                buffers[place] = nil
                arena.takeBack()
            }
            // All is one span again: nearly the whole region fits, at the place of the first.
            let whole = arena.buffer((1 << 18) - 16)
            #expect(start == nil || start == whole.start)
            start = whole.start
        }
        #expect(arena.byteCount == bytes)
    }

    @Test func objectsAreUsedAgainWhenNobodyHasThem() {
        let arena = Arena()
        let kept = arena.buffer(100)
        var first: ObjectIdentifier?
        for _ in 0..<10 {
            let buffer = arena.buffer(50)
            first = first ?? ObjectIdentifier(buffer)
            #expect(ObjectIdentifier(buffer) == first && buffer !== kept)
            #expect(buffer.start != kept.start)
        }
    }

    @Test func aFewAreAtMostFour() async {
        #expect(Array(Few([1, 2, 3, 4]).map { $0 * 2 }) == [2, 4, 6, 8])
        #expect(Few<Int>().isEmpty)
        await #expect(processExitsWith: .failure) { _ = Few([1, 2, 3, 4, 5]) }
    }

    @Test func whatTheSystemRefusesToReserveIsObtainedAsNeeded() {
        let arena = Arena()
        arena.reserve(byteCount: 1 << 60)
        #expect(arena.byteCount == 0)
        #expect(arena.buffer(100).count == 100)
    }

    /// Asks for more than any processor can reach.
    @Test func theProgramSaysWhatHappensWithoutMemory() async {
        await #expect(processExitsWith: .exitCode(6)) {
            SystemMemory.onExhaustion { byteCount in _exit(byteCount >= 1 << 60 ? 6 : 1) }
            _ = SystemMemory.map(1 << 60)
        }
        let trap = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = SystemMemory.map(1 << 60)
        }
        let words = String(decoding: trap?.standardErrorContent ?? [], as: UTF8.self)
        #expect(words.contains("no memory for another 1152921504"))
    }

    @Test func matricesHaveRoomForWholeGroupsOfRows() {
        let arena = Arena()
        let (first, second) = (arena.matrix(rows: 3, width: 50), arena.matrix(rows: 16, width: 50))
        #expect(second.start - first.start >= 16 * 50)
        #expect(first.count == 150 && second.count == 800)
    }

    /// One training step of a small model of the engine's operations.
    private func step(_ engine: Engine, _ lengths: [Int], _ weights: [Parameter], _ optimizer: AdamW, _ number: Int) {
        let packing = Packing(lengths: lengths)
        let pass = Pass(engine: engine, mode: .training(seed: 1, step: number), packing: packing)
        let x = pass.constant(rows: packing.tokenCount, width: 48) { $0.update(repeating: 0.5) }
        let inner = pass.linear(x, weights[0], nil, .gelu)
        let context = pass.attention(query: inner, key: inner, value: inner, heads: 3, scale: 0.2, dropout: 0.1)
        let y = pass.linear(context, weights[1], nil)
        _ = pass.squaredError(y, targets: [Float](repeating: 1, count: y.shape.elementCount))
        pass.backward()
        _ = optimizer.gradientNorm()
        optimizer.step(optimizer.parameters.map { _ in .init(learningRate: 1e-3, weightDecay: 0) })
    }

    @Test func stepsAfterTheFirstTakeNoMemory() {
        let engine = Engine(threads: 2)
        let weights = (0..<2).map { parameter("w\($0)", [48, 48], seed: UInt64($0)) }
        let optimizer = AdamW(weights, engine: engine)
        step(engine, [128, 100, 60, 9], weights, optimizer, 0)
        let (bytes, peak) = (engine.arena.byteCount, engine.arena.peakByteCount)
        for number in 1..<20 {
            step(engine, [128 - 5 * number, 100 - number, 60 - 3 * number, 9], weights, optimizer, number)
        }
        #expect(engine.arena.byteCount == bytes)
        #expect(engine.arena.peakByteCount == peak)
        // Rows are computed in groups of 16: the numbers of tokens fall into few shapes.
        #expect(engine.products.primitiveCount <= 3 * 8)
    }

    @Test func rowsThatNeverHadAGradientAreOnlyDecayed() {
        let engine = Engine(threads: 1)
        let table = parameter("table", [40, 24], seed: 1)
        let before = table.elements
        let optimizer = AdamW([table], engine: engine)
        for number in 0..<3 {
            _ = table.rowGradientMemory().elements.update(fromContentsOf: samples(48, seed: UInt64(number)))
            table.setRowGradient([3, 17])
            optimizer.step([.init(learningRate: 0.1, weightDecay: 0.01)])
        }
        let decay = Float(1 - 0.1 * 0.01)
        for row in 0..<40 where row != 3 && row != 17 {
            for place in row * 24..<(row + 1) * 24 {
                #expect(table.elements[place] == ((before[place] * decay) * decay) * decay)
            }
        }
        #expect(table.elements[3 * 24] != before[3 * 24] * decay * decay * decay)
    }

    /// The gradients of a small model over `parts` of five sequences.
    private func gradients(parts: [Range<Int>]) -> [[Float]] {
        let engine = Engine(threads: 2)
        let lengths = [5, 9, 3, 12, 7]
        let starts = Packing(lengths: lengths).starts
        let word = parameter("word", [20, 32], seed: 1), type = parameter("type", [2, 32], seed: 2)
        let position = parameter("position", [16, 32], seed: 3)
        let gain = parameter("gain", [32], seed: 4, around: 1), bias = parameter("bias", [32], seed: 5)
        let lastGain = parameter("lastGain", [32], seed: 10, around: 1),
            lastBias = parameter("lastBias", [32], seed: 11)
        let weight = parameter("weight", [32, 32], seed: 6), shift = parameter("shift", [32], seed: 7)
        let tables = EmbeddingParameters(
            word: word, type: type, position: position, gain: gain, bias: bias, paddingID: 0)
        let ids = (0..<36).map { UInt32($0 * 7 % 20) }
        let targets = samples(36 * 32, seed: 9)
        for part in parts {
            let tokens = starts[part.lowerBound]..<starts[part.upperBound]
            let pass = Pass(
                engine: engine, mode: .training(seed: 1, step: 4), packing: Packing(lengths: Array(lengths[part])),
                firstSequence: part.lowerBound, accumulates: part.lowerBound > 0)
            let x = pass.embedding(
                Array(ids[tokens]), types: [UInt32](repeating: 0, count: tokens.count), tables, epsilon: 1e-6,
                dropout: 0.1)
            let attended = pass.attention(query: x, key: x, value: x, heads: 2, scale: 0.25, dropout: 0.1)
            let y = pass.residualNorm(
                pass.linear(attended, weight, shift, .gelu), x, gain: lastGain, bias: lastBias, epsilon: 1e-6,
                dropout: 0.1)
            _ = pass.squaredError(
                y, targets: Array(targets[tokens.lowerBound * 32..<tokens.upperBound * 32]), total: 36 * 32)
            pass.backward()
        }
        return [word, type, position, gain, bias, weight, shift, lastGain, lastBias].map { $0.gradientElements ?? [] }
    }

    @Test(arguments: [[0..<2, 2..<5], [0..<1, 1..<2, 2..<3, 3..<4, 4..<5]])
    func theGradientsOfPartsAddUp(parts: [Range<Int>]) {
        let whole = gradients(parts: [0..<5])
        for (sum, expected) in zip(gradients(parts: parts), whole) {
            let norm = expected.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
            let error = zip(sum, expected).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }.squareRoot()
            #expect(sum.count == expected.count && norm > 0)
            #expect(error / norm < 1e-6, "\(error / norm)")
        }
    }
}
