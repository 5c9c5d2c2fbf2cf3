public import ZooBase

/// Ordered names and tensors: renaming, converting and choosing make a new one and touch no element.
public struct StateDict: Sendable {
    /// The tensors, in order.
    public let tensors: [CheckpointTensor]
    private let places: [ExactString: Int]

    /// The tensors of a checkpoint, in its order.
    public init(_ checkpoint: Checkpoint) {
        tensors = checkpoint.tensors
        places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { (ExactString($1.info.name), $0) })
    }

    /// The tensors given, in their order.
    ///
    /// - Throws: `CheckpointError.duplicateName`.
    public init(_ tensors: [TensorView]) throws(CheckpointError) { try self.init(tensors.map { CheckpointTensor($0) }) }

    /// The tensors given, in their order.
    ///
    /// - Throws: `CheckpointError.duplicateName`.
    public init(_ tensors: [CheckpointTensor]) throws(CheckpointError) {
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

    /// Elements of the floating-point tensors; tensors that are one count once.
    public var parameterCount: Int {
        tensors.distinct.filter(\.info.dtype.isFloatingPoint).reduce(0) { $0 + $1.info.shape.elementCount }
    }

    /// Bytes of the tensors in a file: one that `keepsTies` holds tensors that are one only once.
    public func byteCount(keepsTies: Bool) -> Int {
        (keepsTies ? tensors.distinct : tensors).reduce(0) { $0 + $1.info.byteCount }
    }

    /// The tensor called `name`; nil when there is none.
    public subscript(_ name: String) -> CheckpointTensor? { places[ExactString(name)].map { tensors[$0] } }

    /// The same tensors under the names that `rename` gives.
    ///
    /// - Throws: `CheckpointError.duplicateName` when two would have the same.
    public func renamed(_ rename: (String) -> String) throws(CheckpointError) -> StateDict {
        try StateDict(tensors.map { $0.renamed(rename($0.info.name)) })
    }

    /// The same tensors, those of a floating-point dtype (of 8 bits too) as `dtype` (F64, F32, F16 or BF16); the others
    /// keep theirs.
    ///
    /// `ledger` is told what the conversion of each lost.
    ///
    /// - Throws: `CheckpointError.cannotCast` for dtypes without arithmetic here.
    public func castingFloats(to dtype: DType, ledger: CastLedger? = nil) throws(CheckpointError) -> StateDict {
        precondition(dtype.isFloat, "\(dtype.rawValue) is not a floating-point dtype")
        var tensors: [CheckpointTensor] = []
        for tensor in self.tensors {
            let isFloat = tensor.info.dtype.isFloat || tensor.info.dtype.narrowValues != nil
            tensors.append(isFloat ? try tensor.casting(to: dtype, ledger: ledger) : tensor)
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

    private init(unchecked tensors: [CheckpointTensor], places: [ExactString: Int]) {
        self.tensors = tensors
        self.places = places
    }
}
