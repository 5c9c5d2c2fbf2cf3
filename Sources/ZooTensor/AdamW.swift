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

    /// The parameters, in the order given.
    public let parameters: [Parameter]
    /// Steps taken so far.
    public private(set) var stepCount = 0

    private let engine: Engine
    private let beta1: Double, beta2: Double, epsilon: Double
    private var first: [Buffer], second: [Buffer]
    /// For a table with gradients by rows: which rows had one.
    ///
    /// The moments of the others are zero.
    private var touched: [[Bool]?]
    /// What each worker takes at a time, for the kinds of gradients that there were.
    private var tiles: [Tile] = []
    private var tiledKinds: [GradientKind]
    /// What the kernel needs to know of each parameter, and the pieces of gradients whose squares are summed: memory
    /// kept from step to step.
    private var steps: [ck_adamw_step] = []
    private var pieces: [UnsafeBufferPointer<Float>] = []
    private let mostPieces: Int
    /// The powers of the betas at the last step.
    private var power1 = 1.0, power2 = 1.0

    private struct Tile {
        let parameter: Int, start: Int, count: Int
    }

    private enum GradientKind { case none, dense, rows }

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
        touched = parameters.map { _ in nil }
        tiledKinds = parameters.map { _ in .none }
        mostPieces = parameters.reduce(0) { $0 + ($1.value.count + Self.tile - 1) / Self.tile }
    }

    /// Lends the running means of the gradient and of its square of parameter `index`; they must not leave `body`.
    public func withMoments<Result>(
        _ index: Int, _ body: (_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        body(UnsafeBufferPointer(first[index].elements), UnsafeBufferPointer(second[index].elements))
    }

    /// Goes on after `stepCount` steps with moments that `fill` writes, parameter by parameter.
    public func restore(
        stepCount: Int,
        _ fill: (Int, _ first: UnsafeMutableBufferPointer<Float>, _ second: UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        for index in parameters.indices {
            fill(index, first[index].elements, second[index].elements)
            touched[index] = nil
        }
        self.stepCount = stepCount
        power1 = 1
        power2 = 1
        for _ in 0..<stepCount {
            power1 *= beta1
            power2 *= beta2
        }
    }

    /// Gives back the memory of moments and gradients; no step may follow.
    public func release() {
        first = []
        second = []
        for parameter in parameters { parameter.releaseGradient() }
    }

    /// The norm of all gradients together; not finite when one of them is not.
    public func gradientNorm() -> Double {
        pieces.removeAll(keepingCapacity: true)
        pieces.reserveCapacity(mostPieces)
        for parameter in parameters {
            guard let gradient = parameter.gradientMemory else { continue }
            for start in stride(from: 0, to: gradient.count, by: Self.tile) {
                let count = min(Self.tile, gradient.count - start)
                pieces.append(UnsafeBufferPointer(rebasing: gradient[start..<start + count]))
            }
        }
        let sums = engine.arena.buffer(pieces.count)
        engine.workers.run(tiles: pieces.count) { piece, _ in
            sums.start[piece] = ck_sum_of_squares(pieces[piece].baseAddress, pieces[piece].count)
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
        steps.removeAll(keepingCapacity: true)
        for setting in settings {
            steps.append(
                ck_adamw_step(
                    decay: Float(1 - setting.learningRate * setting.weightDecay), beta1: Float(beta1),
                    beta2: Float(beta2), step: Float(setting.learningRate / (1 - power1)),
                    root: Float(1 / (1 - power2).squareRoot()), epsilon: Float(epsilon),
                    grad_scale: Float(gradientScale)))
        }
        plan()
        engine.workers.run(tiles: tiles.count) { place, _ in
            let tile = tiles[place], index = tile.parameter
            var step = steps[index]
            switch parameters[index].gradient {
            case .none: break
            case .dense(let slope): update(index, tile.start, tile.count, slope.start + tile.start, &step)
            case .rows(let rows, let slopes): updateRows(tile, rows, slopes.start, &step)
            }
        }
    }

    /// Divides the work, and notes which rows have a gradient for the first time.
    private func plan() {
        var isAsBefore = true
        for (index, parameter) in parameters.enumerated() {
            let kind: GradientKind
            switch parameter.gradient {
            case .none: kind = .none
            case .dense:
                kind = .dense
                parameter.markChanged()
                touched[index] = nil
            case .rows(let rows, _):
                kind = .rows
                parameter.markChanged()
                if touched[index] == nil { touched[index] = rowsWithMoments(index) }
                for row in rows { touched[index]![Int(row)] = true }
            }
            if kind != tiledKinds[index] { isAsBefore = false }
            tiledKinds[index] = kind
        }
        guard !isAsBefore else { return }
        tiles = []
        for (index, kind) in tiledKinds.enumerated() where kind != .none {
            let count = parameters[index].value.count
            let size = kind == .dense ? Self.tile : count / parameters[index].shape[0] * 64
            tiles += stride(from: 0, to: count, by: size).map {
                Tile(parameter: index, start: $0, count: min(size, count - $0))
            }
        }
    }

    private func rowsWithMoments(_ index: Int) -> [Bool] {
        guard stepCount > 1 else { return [Bool](repeating: false, count: parameters[index].shape[0]) }
        let width = parameters[index].value.count / parameters[index].shape[0]
        return (0..<parameters[index].shape[0]).map { row in
            [first[index], second[index]].contains { moments in
                (row * width..<(row + 1) * width).contains { moments.start[$0] != 0 }
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
    ///
    /// A row that never had one has zero moments: the step only decays it, in the same bits.
    private func updateRows(
        _ tile: Tile, _ rows: [UInt32], _ slopes: UnsafePointer<Float>, _ step: inout ck_adamw_step
    ) {
        let index = tile.parameter
        let width = parameters[index].value.count / parameters[index].shape[0]
        let (firstRow, endRow) = (tile.start / width, (tile.start + tile.count) / width)
        guard let touched = touched[index] else { preconditionFailure("rows were not noted") }
        var place = rows.partitioningIndex { $0 >= firstRow }
        for row in firstRow..<endRow {
            if place < rows.count, rows[place] == row {
                update(index, row * width, width, slopes + place * width, &step)
                place += 1
            } else if touched[row] {
                update(index, row * width, width, nil, &step)
            } else if step.decay != 1 {
                ck_decay(parameters[index].value.start + row * width, width, step.decay)
            }
        }
    }
}

extension Parameter {
    /// All elements of the gradient that are not known to be zero.
    fileprivate var gradientMemory: UnsafeBufferPointer<Float>? {
        switch gradient {
        case .none: nil
        case .dense(let buffer): UnsafeBufferPointer(buffer.elements)
        case .rows(let rows, let buffer):
            UnsafeBufferPointer(start: buffer.start, count: rows.count * (shape.elementCount / shape[0]))
        }
    }
}
