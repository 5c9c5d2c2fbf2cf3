/// What follows the product of a linear layer.
public enum Activation: String, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none
    /// x Φ(x), with the error function.
    case gelu
    /// GELU's approximation x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))) (Hendrycks and Gimpel, arXiv:1606.08415).
    case geluTanh = "gelu_tanh"
    /// The hyperbolic tangent.
    case tanh

    /// Its slope is a function of what went in, which a training pass keeps.
    var needsInput: Bool { self == .gelu || self == .geluTanh }
}

/// An operation of the engine with its attributes; parameters by their names in the checkpoint.
///
/// Each acts on the last dimension, so on [batch, sequence, width] as well as on a packed run [tokens, width]; only
/// `embedding` (which looks positions up), `attention` and `firstToken` know where sequences begin.
public enum Operation: Sendable, Hashable {
    /// Token ids and segment ids to layer norm of word + segment + position rows, then dropout.
    case embedding(
        word: String, type: String, position: String, gain: String, bias: String, epsilon: Float, dropout: Float)
    /// x Wᵀ + bias, then the activation; the weight is [out, in].
    case linear(weight: String, bias: String?, activation: Activation)
    /// Queries, keys, values → softmax(scale · Q Kᵀ) V for each head, dropout on the probabilities.
    case attention(heads: Int, scale: Float, dropout: Float)
    /// Layer norm of dropout(first input) + second input.
    case residualNorm(gain: String, bias: String, epsilon: Float, dropout: Float)
    /// The first token of each sequence.
    case firstToken
    /// Elements set to zero with this probability, the others scaled up.
    case dropout(Float)
}

/// The operations of a pass in order: what exporters lower.
public struct Graph: Sendable, Hashable {
    /// One operation: the ids of the values it reads and of the one it makes.
    public struct Node: Sendable, Hashable {
        /// What it does.
        public let operation: Operation
        /// Values read; token ids and segment ids are values 0 and 1.
        public let inputs: [Int]
        /// The value made.
        public let output: Int
        /// The last dimension of the value made.
        public let width: Int
    }

    /// The value that stands for token ids.
    public static let idsValue = 0
    /// The value that stands for segment ids.
    public static let typesValue = 1
    /// In order of computation.
    public internal(set) var nodes: [Node] = []
    /// Values that the graph is for.
    public var outputs: [Int] = []

    /// An empty graph.
    public init() {}
}
