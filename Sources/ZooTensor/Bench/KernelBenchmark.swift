internal import CKernels
internal import ZooBase

/// How long one operation takes on this machine.
public struct OperationTiming: Sendable, Hashable {
    /// What was computed.
    public let name: String
    /// Its sizes.
    public let shape: String
    /// Worker threads.
    public let threads: Int
    /// Seconds of the fastest repetition.
    public let seconds: Double
    /// Floating-point operations; nil when the operation is limited by memory.
    public let flops: Double?
    /// Bytes read and written at least once.
    public let bytes: Double

    /// Billions of operations a second.
    public var gigaflops: Double? { flops.map { $0 / seconds * 1e-9 } }
    /// Billions of bytes a second.
    public var gigabytes: Double { bytes / seconds * 1e-9 }
}

/// Times the engine's products and kernels, each repeated for a while after a first run; the fastest counts.
public struct KernelBenchmark {
    private let engine: Engine
    /// Seconds for each operation.
    private let budget: Double

    /// Measures with `engine`, about `budget` seconds an operation.
    public init(_ engine: Engine, budget: Double = 0.3) {
        self.engine = engine
        self.budget = budget
    }

    private func time(
        _ name: String, _ shape: String, flops: Double? = nil, bytes: Int, _ body: () -> Void
    ) -> OperationTiming {
        let clock = ContinuousClock()
        body()
        let begin = clock.now
        var fastest = Double.infinity
        repeat {
            let start = clock.now
            body()
            let passed = (clock.now - start).components
            fastest = min(fastest, Double(passed.seconds) + Double(passed.attoseconds) * 1e-18)
        } while (clock.now - begin) < .seconds(budget)
        return OperationTiming(
            name: name, shape: shape, threads: engine.workers.count, seconds: max(fastest, 1e-9), flops: flops,
            bytes: Double(bytes))
    }

    private func matrix(_ rows: Int, _ width: Int) -> Buffer {
        let buffer = engine.arena.matrix(rows: rows, width: width)
        for index in 0..<buffer.count { buffer.start[index] = Float(index * 37 % 101) * 0.02 - 1 }
        return buffer
    }

    /// The three products of a linear layer of `k` inputs and `n` outputs on `m` rows: Y, dX and dW.
    public func products(m: Int, n: Int, k: Int) -> [OperationTiming] {
        let weight = Parameter(
            name: "weight", shape: [n, k], role: .init(depth: 0, isNormOrBias: false),
            elements: (0..<n * k).map { Float($0 * 31 % 97) * 0.001 })
        let (x, y) = (matrix(m, k), matrix(m, n))
        let kept = engine.products.keptCount(m: m, k: k).map { Buffer(zeros: $0) }
        let (flops, bytes) = (2 * Double(m) * Double(n) * Double(k), 4 * (m * n + m * k + n * k))
        let (shape, precision) = ("\(m)x\(n)x\(k)", engine.precision.rawValue)
        func backward(_ weightGradient: UnsafeMutablePointer<Float>?, _ inputGradient: UnsafeMutablePointer<Float>?) {
            let layer = PackedProducts.Backward(
                slope: y.start, before: nil, weight: weight, weightGradient: weightGradient, biasGradient: nil)
            engine.products.backward(
                kept?.start ?? x.start, m: m, k: k, [layer], inputGradient: inputGradient, accumulatesInput: false,
                accumulates: false)
        }
        let forward = PackedProducts.Forward(output: y.start, weight: weight, bias: nil)
        return [
            time("Y = X W' \(precision)", shape, flops: flops, bytes: bytes) {
                engine.products.forward(x.start, m: m, k: k, [forward], kept: kept?.start) { _, _, _ in }
            },
            time("dX = dY W \(precision)", shape, flops: flops, bytes: bytes) { backward(nil, x.start) },
            time("dW = dY' X \(precision)", shape, flops: flops, bytes: bytes) {
                backward(weight.denseGradient().start, nil)
            },
        ]
    }

    /// The other kernels of a training step, on `tokens` tokens in sequences of 24 and a width of 384.
    public func kernels(tokens: Int = 768) -> [OperationTiming] {
        let (width, heads) = (384, 12)
        let packing = Packing(lengths: [Int](repeating: 24, count: tokens / 24))
        let wide = matrix(tokens, 4 * width), wider = matrix(tokens, 4 * width)
        var timings = [
            time("gelu", "\(tokens)x\(4 * width)", bytes: 8 * wide.count) {
                engine.workers.run(over: wide.count, by: 16384) { range, _ in
                    ck_gelu(wider.start + range.lowerBound, wide.start + range.lowerBound, range.count)
                }
            },
            time("gelu backward", "\(tokens)x\(4 * width)", bytes: 12 * wide.count) {
                engine.workers.run(over: wide.count, by: 16384) { range, _ in
                    let first = range.lowerBound
                    ck_gelu_backward(wider.start + first, wider.start + first, wide.start + first, range.count)
                }
            },
        ]
        let pass = Pass(engine: engine, mode: .inference, packing: packing)
        func tensor() -> Tensor {
            pass.constant(rows: packing.tokenCount, width: width) { numbers in
                for index in numbers.indices { numbers[index] = Float(index * 37 % 101) * 0.02 - 1 }
            }
        }
        let (query, key, value) = (tensor(), tensor(), tensor())
        let scores = Double(packing.tokenCount * 24 * width)
        timings.append(
            time(
                "attention", "\(packing.count) x 24 tokens, \(heads) heads", flops: 4 * scores,
                bytes: 16 * query.data.count
            ) {
                _ = pass.attention(query: query, key: key, value: value, heads: heads, scale: 0.2, dropout: 0)
            })
        func vector(_ name: String) -> Parameter {
            Parameter(
                name: name, shape: [width], role: .init(depth: 0, isNormOrBias: true),
                elements: [Float](repeating: 1, count: width))
        }
        let (gain, bias) = (vector("gain"), vector("bias"))
        timings.append(
            time("residual + layer norm", "\(tokens)x\(width)", bytes: 16 * query.data.count) {
                _ = pass.residualNorm(query, key, gain: gain, bias: bias, epsilon: 1e-12, dropout: 0)
            })
        let count = 1 << 22
        let moving = Parameter(
            name: "parameter", shape: [count], role: .init(depth: 0, isNormOrBias: false),
            elements: [Float](repeating: 1, count: count))
        moving.denseGradient().start.update(repeating: 1e-3, count: count)
        let optimizer = AdamW([moving], engine: engine)
        timings.append(
            time("AdamW", "\(count)", bytes: 28 * count) {
                optimizer.step([.init(learningRate: 1e-5, weightDecay: 0.01)])
            })
        return timings
    }
}
