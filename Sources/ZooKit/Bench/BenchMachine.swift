public import ZooBase
internal import ZooTensor
internal import ZooTrain

/// What this machine does in matrix products, kernels and training steps.
public struct MachineBench: Sendable, JSONRepresentable {
    /// One operation.
    public struct Line: Sendable {
        /// What was computed, and its sizes.
        public let name: String, shape: String
        /// Worker threads.
        public let threads: Int
        /// Milliseconds of the fastest repetition.
        public let milliseconds: Double
        /// Billions of floating-point operations a second; nil when memory is the limit.
        public let gigaflops: Double?
        /// Billions of bytes a second.
        public let gigabytes: Double
    }

    /// Training steps of a random model of the size of MiniLM-L6.
    public struct Step: Sendable {
        /// `f32` or `bf16`.
        public let precision: String
        /// Rows and tokens a second.
        public let rowsPerSecond: Double, tokensPerSecond: Double
        /// Billions of operations of the linear layers a second.
        public let gigaflops: Double
        /// Those as a share of the rate of the 2048x1536x384 product on as many threads.
        public let share: Double
    }

    /// The version of this program and its kernel set.
    public let program: String, kernels: String
    /// Worker threads of the steps.
    public let threads: Int
    /// Products, then other kernels.
    public let lines: [Line]
    /// One for each precision that the processor has instructions for.
    public let steps: [Step]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "program": .string(program), "kernelSet": .string(kernels), "threads": .integer(threads),
            "operations": .array(
                lines.map { line in
                    [
                        "name": .string(line.name), "shape": .string(line.shape), "threads": .integer(line.threads),
                        "milliseconds": .number(line.milliseconds),
                        "gigaflops": line.gigaflops.map { .number($0) } ?? .null,
                        "gigabytesPerSecond": .number(line.gigabytes),
                    ]
                }),
            "steps": .array(
                steps.map { step in
                    [
                        "precision": .string(step.precision), "rowsPerSecond": .number(step.rowsPerSecond),
                        "tokensPerSecond": .number(step.tokensPerSecond), "gigaflops": .number(step.gigaflops),
                        "shareOfProductRate": .number(step.share),
                    ]
                }),
        ]
    }
}

extension Registry {
    /// Measures products (those of MiniLM-L6, and 2048x1536x384), kernels and training steps on one and on all threads.
    public func benchMachine(threads asked: Int?) throws -> MachineBench {
        let threads = asked ?? Threads.available
        guard threads > 0 else {
            throw KitError.invalidOption(name: "--threads", value: "\(threads)", expected: "at least 1")
        }
        var timings: [OperationTiming] = []
        var steps: [MachineBench.Step] = []
        let precisions = Precision.allCases.filter(\.isNative)
        for count in Set([1, threads]).sorted() {
            let engine = Engine(threads: count)
            let bench = KernelBenchmark(engine)
            for precision in precisions {
                engine.precision = precision
                for (m, n, k) in [(2048, 1536, 384), (768, 384, 384), (768, 1536, 384), (768, 384, 1536)] {
                    timings += bench.products(m: m, n: n, k: k)
                }
            }
            engine.precision = .f32
            timings += bench.kernels()
        }
        for precision in precisions {
            let step = try StepBenchmark.run(threads: threads, precision: precision)
            let peak = timings.first {
                $0.threads == threads && $0.shape == "2048x1536x384" && $0.name.hasSuffix(precision.rawValue)
            }
            let rate = step.flops / step.seconds * 1e-9
            steps.append(
                MachineBench.Step(
                    precision: precision.rawValue, rowsPerSecond: Double(step.rowCount) / step.seconds,
                    tokensPerSecond: Double(step.tokenCount) / step.seconds, gigaflops: rate,
                    share: rate / (peak?.gigaflops ?? .infinity)))
        }
        return MachineBench(
            program: ZooVersion.number, kernels: KernelSet.current.line, threads: threads,
            lines: timings.map {
                MachineBench.Line(
                    name: $0.name, shape: $0.shape, threads: $0.threads, milliseconds: $0.seconds * 1000,
                    gigaflops: $0.gigaflops, gigabytes: $0.gigabytes)
            }, steps: steps)
    }
}
