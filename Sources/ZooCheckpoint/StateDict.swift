public import ZooBase

/// A tensor that will have the dtype and name `info` says; a conversion is done when its bytes are asked for.
public struct StateTensor: Sendable {
    /// What it will be.
    public let info: TensorInfo
    /// What it is made from; has the same shape.
    public let source: TensorView

    init(info: TensorInfo, source: TensorView) {
        self.info = info
        self.source = source
    }

    /// The tensor as it is.
    public init(_ source: TensorView) { self.init(info: source.info, source: source) }

    /// The tensor with its own name and dtype; converts each time it is asked when the dtypes differ.
    public func view() -> TensorView {
        guard info.dtype != source.info.dtype else { return source.renamed(info.name) }
        return Cast.converted(source, to: info.dtype).view.renamed(info.name)
    }
}

/// Ordered names and tensors: renaming, converting and choosing make a new one and touch no element.
public struct StateDict: Sendable {
    /// The tensors, in order.
    public let tensors: [StateTensor]
    private let places: [ExactString: Int]

    /// The tensors of a checkpoint, in its order.
    public init(_ checkpoint: Checkpoint) {
        tensors = checkpoint.tensors.map { StateTensor($0) }
        places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { (ExactString($1.info.name), $0) })
    }

    /// The tensors given, in their order.
    ///
    /// - Throws: `CheckpointError.duplicateName`.
    public init(_ tensors: [TensorView]) throws(CheckpointError) { try self.init(tensors.map { StateTensor($0) }) }

    /// The tensors given, in their order.
    ///
    /// - Throws: `CheckpointError.duplicateName`.
    public init(_ tensors: [StateTensor]) throws(CheckpointError) {
        var places: [ExactString: Int] = [:]
        for (place, tensor) in tensors.enumerated() {
            guard places.updateValue(place, forKey: ExactString(tensor.info.name)) == nil else {
                throw .duplicateName(file: "", name: tensor.info.name)
            }
        }
        self.tensors = tensors
        self.places = places
    }

    /// The names, in order.
    public var names: [String] { tensors.map(\.info.name) }

    /// The tensor called `name`; nil when there is none.
    public subscript(_ name: String) -> StateTensor? { places[ExactString(name)].map { tensors[$0] } }

    /// The same tensors under the names that `rename` gives.
    ///
    /// - Throws: `CheckpointError.duplicateName` when two would have the same.
    public func renamed(_ rename: (String) -> String) throws(CheckpointError) -> StateDict {
        try StateDict(
            tensors.map { tensor in
                let info = tensor.info
                guard let renamed = TensorInfo(name: rename(info.name), dtype: info.dtype, shape: info.shape) else {
                    preconditionFailure("a name changes no size")
                }
                return StateTensor(info: renamed, source: tensor.source)
            })
    }

    /// The same tensors, those of a floating-point dtype as `dtype` (also floating point); the others keep theirs.
    public func castingFloats(to dtype: DType) -> StateDict {
        precondition(dtype.isFloat, "\(dtype.rawValue) is not a floating-point dtype")
        let tensors = self.tensors.map { tensor in
            let info = tensor.info
            guard tensor.source.info.dtype.isFloat,
                let cast = TensorInfo(name: info.name, dtype: dtype, shape: info.shape)
            else { return tensor }
            return StateTensor(info: cast, source: tensor.source)
        }
        return StateDict(unchecked: tensors, places: places)
    }

    /// The tensors whose names match one of `including` and none of `excluding`.
    public func filtered(including: [Glob] = [Glob("*")], excluding: [Glob] = []) -> StateDict {
        let tensors = self.tensors.filter { tensor in
            including.contains { $0.matches(tensor.info.name) } && !excluding.contains { $0.matches(tensor.info.name) }
        }
        let places = Dictionary(
            uniqueKeysWithValues: tensors.enumerated().map { (ExactString($1.info.name), $0) })
        return StateDict(unchecked: tensors, places: places)
    }

    private init(unchecked tensors: [StateTensor], places: [ExactString: Int]) {
        self.tensors = tensors
        self.places = places
    }
}
