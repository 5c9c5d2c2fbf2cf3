internal import CBytes
internal import ZooBase

/// Several checkpoints of one architecture made into one, tensor by tensor.
public struct WeightMerge: Sendable {
    /// How.
    public enum Method: String, Sendable, CaseIterable {
        /// The weighted mean ("model soup": Wortsman et al., arXiv:2203.05482).
        case linear
        /// The point of the arc between two.
        case slerp
        /// The base and the weighted sum of the changes from it (Ilharco et al., arXiv:2212.04089).
        case taskArithmetic = "task-arithmetic"
        /// The base and what the largest changes agree on (Yadav et al., arXiv:2306.01708).
        case ties

        /// Whether the changes from a base are what is merged.
        public var needsBase: Bool { self == .taskArithmetic || self == .ties }
    }

    /// How.
    public let method: Method
    /// One for each checkpoint.
    public let weights: [Double]
    /// The share of each tensor's changes that `ties` keeps.
    public let density: Double

    /// Gathers the choices.
    public init(method: Method, weights: [Double], density: Double) {
        self.method = method
        self.weights = weights
        self.density = density
    }

    /// Every way in which the checkpoints do not fit each other, a line each: nothing is merged until there is none.
    public static func problems(_ states: [(name: String, state: StateDict)]) -> [String] {
        guard let first = states.first else { return [] }
        var problems: [String] = []
        for other in states.dropFirst() {
            for tensor in first.state.tensors {
                let name = tensor.info.name
                guard let found = other.state[name] else {
                    problems.append("\(name) is in \(first.name) and not in \(other.name)")
                    continue
                }
                if found.info.shape != tensor.info.shape {
                    problems.append(
                        "\(name) is \(tensor.info.shape) in \(first.name) and \(found.info.shape) in \(other.name)")
                } else if found.info.dtype.isFloat != tensor.info.dtype.isFloat {
                    problems.append(
                        "\(name) is \(tensor.info.dtype.rawValue) in \(first.name) and \(found.info.dtype.rawValue) in "
                            + other.name)
                }
            }
            for tensor in other.state.tensors where first.state[tensor.info.name] == nil {
                problems.append("\(tensor.info.name) is in \(other.name) and not in \(first.name)")
            }
        }
        return problems
    }

    /// The merged tensors, in the first checkpoint's order and dtypes, each made when it is asked for; what is no
    /// floating-point number is the first's, and must be the same in all.
    ///
    /// The checkpoints must fit each other (see `problems`); traps otherwise.
    ///
    /// - Throws: `CheckpointError.malformed` (`cannotMerge`) for integers that differ, `.cannotCast`.
    public func merged(_ states: [StateDict], base: StateDict?) throws(CheckpointError) -> StateDict {
        precondition(states.count == weights.count && !states.isEmpty, "one weight for each checkpoint")
        var merged: [CheckpointTensor] = []
        for tensor in states[0].tensors {
            var parts: [CheckpointTensor] = []
            for state in states {
                guard let part = state[tensor.info.name] else { preconditionFailure("the checkpoints do not fit") }
                parts.append(part)
            }
            guard tensor.info.dtype.isFloat else {
                let digest = try tensor.view().digest
                for part in parts.dropFirst() where try part.view().digest != digest {
                    throw .malformed(
                        file: tensor.info.name,
                        FormatFault(
                            "cannotMerge", "\(tensor.info.dtype.rawValue) numbers that differ cannot be averaged",
                            .other(
                                tensor.info.dtype.isFloatingPoint
                                    ? "make them wider first (zoo convert --dtype f16)"
                                    : "leave the tensor out of all (zoo slice --drop)")))
                }
                merged.append(tensor)
                continue
            }
            merged.append(try one(parts, base: base?[tensor.info.name]).casting(to: tensor.info.dtype))
        }
        return try StateDict(merged)
    }

    private func one(_ parts: [CheckpointTensor], base: CheckpointTensor?) throws(CheckpointError) -> CheckpointTensor {
        let shape = parts[0].info.shape
        guard let info = TensorInfo(name: parts[0].info.name, dtype: .f32, shape: shape) else {
            throw .shapeOverflow(file: "", tensor: parts[0].info.name, shape: shape.description)
        }
        var sources: [CheckpointTensor] = []
        for part in parts { sources.append(try part.casting(to: .f32)) }
        let origin = try base?.casting(to: .f32)
        let wide = sources
        return unsafe CheckpointTensor(info) { target throws(CheckpointError) in
            var views: [TensorView] = []
            for source in wide { views.append(try source.view()) }
            let baseView = try origin?.view()
            unsafe write(views, baseView, to: target)
            for view in views + (baseView.map { [$0] } ?? []) { view.storage.relinquish(view.range) }
        }
    }

    private func write(_ views: [TensorView], _ base: TensorView?, to target: UnsafeMutableRawBufferPointer) {
        let count = target.count / 4
        guard count > 0, let out = unsafe target.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
        /// The elements of a view, whose storage `views` keeps alive.
        func elements(_ view: TensorView) -> UnsafePointer<Float>? {
            unsafe view.withUnsafeBytes { unsafe $0.baseAddress?.assumingMemoryBound(to: Float.self) }
        }
        withExtendedLifetime((views, base)) {
            let pointers = unsafe views.map { unsafe elements($0) }
            let origin = unsafe base.flatMap { unsafe elements($0) }
            switch method {
            case .linear:
                let total = weights.reduce(0, +)
                unsafe bytes_merge_linear(out, pointers, weights.map { $0 / total }, pointers.count, count)
            case .slerp:
                unsafe bytes_merge_slerp(out, pointers[0], pointers[1], weights[1] / (weights[0] + weights[1]), count)
            case .taskArithmetic:
                // base + Σ w (x - base) = (1 - Σ w) base + Σ w x
                unsafe bytes_merge_linear(
                    out, [origin] + pointers, [1 - weights.reduce(0, +)] + weights, pointers.count + 1, count)
            case .ties: unsafe bytes_merge_ties(out, origin, pointers, weights, pointers.count, density, 1, count)
            }
        }
    }
}
