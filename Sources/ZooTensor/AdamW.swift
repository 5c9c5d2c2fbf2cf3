internal import CKernels
internal import ZooBase

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101), as PyTorch computes it.
public final class AdamW {
    /// One parameter's settings for one step.
    public struct Settings: Sendable, Hashable {
        /// Learning rate of this step.
        public var learningRate: Double
        /// Weight decay.
        public var weightDecay: Double

        /// Gathers the settings.
        public init(learningRate: Double, weightDecay: Double) {
            self.learningRate = learningRate
            self.weightDecay = weightDecay
        }
    }

    /// What resuming needs: the moments of one parameter.
    public struct Moments: Sendable, Hashable {
        /// Running mean of the gradient.
        public let first: [Float]
        /// Running mean of its square.
        public let second: [Float]

        /// Gathers the moments.
        public init(first: [Float], second: [Float]) {
            self.first = first
            self.second = second
        }
    }

    /// The parameters, in the order given.
    public let parameters: [Parameter]
    /// Steps taken so far.
    public private(set) var stepCount = 0

    private let engine: Engine
    private let beta1: Double, beta2: Double, epsilon: Double
    private let first: [Buffer], second: [Buffer]
    /// The powers of the betas at the last step.
    private var power1 = 1.0, power2 = 1.0
    /// Elements that one worker updates at a time.
    private static let tile = 16384

    /// Prepares to train `parameters`, all of which must be trainable.
    public init(
        _ parameters: [Parameter], engine: Engine, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
    ) {
        precondition(parameters.allSatisfy(\.isTrainable), "a frozen parameter cannot be optimized")
        self.parameters = parameters
        self.engine = engine
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        first = parameters.map { Buffer(zeros: $0.value.count) }
        second = parameters.map { Buffer(zeros: $0.value.count) }
    }

    /// The moments of each parameter, in order.
    public var moments: [Moments] {
        zip(first, second).map { Moments(first: Array($0.elements), second: Array($1.elements)) }
    }

    /// Goes on from saved moments, in the order of the parameters, after `stepCount` steps.
    public func restore(_ moments: [Moments], stepCount: Int) {
        precondition(moments.count == parameters.count, "moments of other parameters")
        for (index, saved) in moments.enumerated() {
            precondition(saved.first.count == first[index].count && saved.second.count == second[index].count)
            _ = first[index].elements.update(fromContentsOf: saved.first)
            _ = second[index].elements.update(fromContentsOf: saved.second)
        }
        self.stepCount = stepCount
        power1 = 1
        power2 = 1
        for _ in 0..<stepCount {
            power1 *= beta1
            power2 *= beta2
        }
    }

    /// The norm of all gradients together; not finite when one of them is not.
    public func gradientNorm() -> Double {
        var tiles: [UnsafeBufferPointer<Float>] = []
        for parameter in parameters {
            guard let gradient = parameter.gradient.buffer else { continue }
            for start in stride(from: 0, to: gradient.count, by: Self.tile) {
                let count = min(Self.tile, gradient.count - start)
                tiles.append(UnsafeBufferPointer(start: gradient.start + start, count: count))
            }
        }
        let sums = engine.arena.buffer(tiles.count)
        engine.workers.run(tiles: tiles.count) { tile, _ in
            sums.start[tile] = ck_sum_of_squares(tiles[tile].baseAddress, tiles[tile].count)
        }
        return sums.elements.reduce(0) { $0 + Double($1) }.squareRoot()
    }

    /// Takes one step with the gradients of the last backward pass, multiplied by `gradientScale` (the clip
    /// coefficient); `settings` has one element a parameter.
    ///
    /// A parameter without a gradient is left as it is.
    public func step(_ settings: [Settings], gradientScale: Double = 1) {
        precondition(settings.count == parameters.count, "not one setting a parameter")
        stepCount += 1
        power1 *= beta1
        power2 *= beta2
        let steps = settings.map {
            ck_adamw_step(
                decay: Float(1 - $0.learningRate * $0.weightDecay), beta1: Float(beta1), beta2: Float(beta2),
                step: Float($0.learningRate / (1 - power1)), root: Float(1 / (1 - power2).squareRoot()),
                epsilon: Float(epsilon), grad_scale: Float(gradientScale))
        }
        var tiles: [(parameter: Int, start: Int, count: Int)] = []
        for (index, parameter) in parameters.enumerated() {
            if case .none = parameter.gradient { continue }
            parameter.markChanged()
            let count = parameter.value.count
            let size = parameter.gradient.rows == nil ? Self.tile : count / parameter.shape[0] * 64
            for start in stride(from: 0, to: count, by: size) { tiles.append((index, start, min(size, count - start))) }
        }
        engine.workers.run(tiles: tiles.count) { tile, _ in
            let (index, start, count) = tiles[tile]
            var step = steps[index]
            switch parameters[index].gradient {
            case .none: break
            case .dense(let slope): update(index, start, count, slope.start + start, &step)
            case .rows(let rows, let slopes): updateRows(index, start, count, rows, slopes.start, &step)
            }
        }
    }

    private func update(
        _ index: Int, _ start: Int, _ count: Int, _ slope: UnsafePointer<Float>?, _ step: inout ck_adamw_step
    ) {
        ck_adamw(
            parameters[index].value.start + start, first[index].start + start, second[index].start + start, slope,
            count, &step)
    }

    /// A range of whole rows, of which only those in `rows` have a gradient.
    private func updateRows(
        _ index: Int, _ start: Int, _ count: Int, _ rows: [UInt32], _ slopes: UnsafePointer<Float>,
        _ step: inout ck_adamw_step
    ) {
        let width = parameters[index].value.count / parameters[index].shape[0]
        let (firstRow, endRow) = (start / width, (start + count) / width)
        var place = rows.partitioningIndex { $0 >= firstRow }
        var row = firstRow
        while row < endRow {
            let next = place < rows.count ? min(Int(rows[place]), endRow) : endRow
            if next > row { update(index, row * width, (next - row) * width, nil, &step) }
            if next < endRow {
                update(index, next * width, width, slopes + place * width, &step)
                place += 1
            }
            row = next + 1
        }
    }
}

extension Parameter.Gradient {
    fileprivate var buffer: Buffer? {
        switch self {
        case .none: nil
        case .dense(let buffer), .rows(_, let buffer): buffer
        }
    }

    fileprivate var rows: [UInt32]? { if case .rows(let rows, _) = self { rows } else { nil } }
}

extension Array {
    /// The index of the first element for which `isInSecondHalf` holds, all those after it holding too.
    fileprivate func partitioningIndex(_ isInSecondHalf: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isInSecondHalf(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
