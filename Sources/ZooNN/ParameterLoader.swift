public import ZooBase
public import ZooTensor

/// The tensors of a checkpoint while a model is built from them: hands out parameters by name, checks shapes, and keeps
/// account of what is missing or left over.
///
/// Building goes on after the first problem, so that all are reported.
public final class ParameterLoader {
    /// The parameters handed out, in order.
    public private(set) var parameters: [Parameter] = []
    private let tensors: [ExactString: TensorView]
    private let order: [String]
    private var taken = Set<ExactString>()
    private var dispensable = Set<ExactString>()
    private var report = LoadReport()

    /// Prepares to build from these tensors.
    public init(_ tensors: [TensorView]) {
        self.tensors = Dictionary(tensors.map { (ExactString($0.info.name), $0) }) { first, _ in first }
        order = tensors.map(\.info.name)
    }

    /// The root of the checkpoint, or the place that `prefix` names.
    public func scope(_ prefix: String = "", depth: Int = 0) -> ParameterScope {
        ParameterScope(loader: self, path: prefix, depth: depth, freshSeed: nil)
    }

    /// Makes zeros of the parameters of these names where the checkpoint lacks them.
    public func mayLack(_ names: [String]) { dispensable.formUnion(names.map { ExactString($0) }) }

    /// Whether there is a tensor of this name.
    public func has(_ name: String) -> Bool { tensors[ExactString(name)] != nil }

    /// The account, once the model is built.
    ///
    /// Tensors that nothing asked for are unexpected unless `isHarmless` knows them.
    public func finish(isHarmless: (String) -> Bool) -> LoadReport {
        for name in order where !taken.contains(ExactString(name)) {
            if isHarmless(name) { report.unused.append(name) } else { report.unexpected.append(name) }
        }
        return report
    }

    func take(_ name: String, _ shape: Shape, _ role: Parameter.Role) -> Parameter {
        let parameter = read(name, shape, role)
        parameters.append(parameter)
        return parameter
    }

    func make(_ name: String, _ shape: Shape, _ role: Parameter.Role, _ elements: [Float]) -> Parameter {
        let parameter = Parameter(name: name, shape: shape, role: role, elements: elements)
        if tensors[ExactString(name)] != nil {
            taken.insert(ExactString(name))
            report.replaced.append(name)
        }
        report.fresh.append(name)
        parameters.append(parameter)
        return parameter
    }

    private func read(_ name: String, _ shape: Shape, _ role: Parameter.Role) -> Parameter {
        if let view = tensors[ExactString(name)] {
            taken.insert(ExactString(name))
            if view.info.shape != shape {
                report.mismatched.append(.init(name: name, expected: shape, found: view.info.shape))
            } else if let parameter = Parameter(view, role: role) {
                return parameter
            } else {
                report.unreadable.append(.init(name: name, dtype: view.info.dtype))
            }
        } else if dispensable.contains(ExactString(name)) {
            report.replacedByZeros.append(name)
            return Parameter(
                name: name, shape: shape, role: role, elements: [Float](repeating: 0, count: shape.elementCount))
        } else {
            report.missing.append(name)
        }
        // A stand-in, so that building can go on to the next problem; the report keeps the model from being used.
        let zeros = [Float](repeating: 0, count: min(shape.elementCount, 1))
        return Parameter(name: name, shape: zeros.isEmpty ? shape : [1], role: role, elements: zeros)
    }
}
