public import ZooBase

/// How the tensors of a checkpoint met the model that was to be built from them.
public struct LoadReport: Sendable, Hashable {
    /// A tensor whose shape is not the one the model has there.
    public struct Mismatch: Sendable, Hashable {
        /// The tensor.
        public let name: String
        /// The model's shape.
        public let expected: Shape
        /// The checkpoint's shape.
        public let found: Shape
    }

    /// A tensor whose element type cannot become float32.
    public struct Unreadable: Sendable, Hashable {
        /// The tensor.
        public let name: String
        /// Its element type.
        public let dtype: DType
    }

    /// Parameters that the checkpoint lacks.
    public internal(set) var missing: [String] = []
    /// Tensors of the checkpoint that the model has no place for.
    public internal(set) var unexpected: [String] = []
    /// Tensors of another shape.
    public internal(set) var mismatched: [Mismatch] = []
    /// Tensors that hold no numbers.
    public internal(set) var unreadable: [Unreadable] = []
    /// Parameters that were made new, as asked.
    public internal(set) var fresh: [String] = []
    /// Parameters that the checkpoint lacks and may lack: they are zero.
    public internal(set) var replacedByZeros: [String] = []
    /// Tensors that the model is known not to need; they are kept as they are.
    public internal(set) var unused: [String] = []
    /// Tensors that fresh parameters take the place of.
    public internal(set) var replaced: [String] = []

    /// Whether the model can be used.
    public var isUsable: Bool { fitsButForOthers && unexpected.isEmpty }
    /// Whether the model can be used but for tensors that it has no place for.
    public var fitsButForOthers: Bool { missing.isEmpty && mismatched.isEmpty && unreadable.isEmpty }

    /// What is wrong, one clause each.
    public var problems: [String] {
        missing.map { "missing \($0)" } + unexpected.map { "unexpected \($0)" }
            + mismatched.map { "\($0.name) has shape \($0.found), expected \($0.expected)" }
            + unreadable.map { "\($0.name) has elements of type \($0.dtype.rawValue)" }
    }
}
