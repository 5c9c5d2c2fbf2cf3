/// An operation that was computed, with what its gradient rule needs.
enum Step {
    case embedding(Embedding)
    case linear(Linear)
    case attention(Attention)
    case firstTokenAttention(FirstTokenAttention)
    case residualNorm(ResidualNorm)
    case firstToken(input: Tensor, output: Tensor)
    case dropout(input: Tensor, output: Tensor, site: DropoutSite)
    /// A loss; the slope is its gradient with respect to the input.
    case loss(input: Tensor, slope: Buffer)

    struct Embedding {
        let output: Tensor
        let ids: [UInt32], types: [UInt32]
        let parameters: EmbeddingParameters
        let norm: Norm
        let site: DropoutSite
    }

    /// Layers that read the same input.
    struct Linear {
        struct Branch {
            let output: Tensor
            let layer: LinearParameters
            /// What went into a GELU.
            let before: Buffer?
        }
        let input: Tensor
        /// The input as products in bf16 read it, for the gradients of weights; nil when they read the input itself.
        let kept: Buffer?
        let branches: Few<Branch>
    }

    struct Attention {
        let query: Tensor, key: Tensor, value: Tensor, output: Tensor
        let heads: Int
        let scale: Float
        let site: DropoutSite
    }

    struct FirstTokenAttention {
        let query: Tensor, states: Tensor, output: Tensor
        let key: LinearParameters, value: LinearParameters
        let heads: Int
        let scale: Float
        let site: DropoutSite
        /// What each head asks of a state, and the states as it mixes them: [sequences, heads, size].
        let asked: Buffer, mixed: Buffer
        /// What the probabilities of each head add up to after dropout: [sequences, heads].
        let shares: Buffer
        /// Before dropout: [tokens, lanes].
        let probabilities: Buffer

        /// Floats for a number of each head.
        static func lanes(_ heads: Int) -> Int { (heads + 15) / 16 * 16 }
    }

    struct ResidualNorm {
        let branch: Tensor, residual: Tensor, output: Tensor
        let norm: Norm
        let site: DropoutSite
    }

    /// A layer norm: what went in, the moments of each row, the parameters.
    struct Norm {
        let input: Buffer, mean: Buffer, inverse: Buffer
        let gain: Parameter, bias: Parameter
    }
}

/// A linear layer and what follows it.
public struct LinearParameters {
    /// The matrix [out, in].
    public let weight: Parameter
    /// The shift [out].
    public let bias: Parameter?
    /// Applied last.
    public let activation: Activation

    /// Gathers the parameters.
    public init(weight: Parameter, bias: Parameter?, activation: Activation = .none) {
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    var isTrainable: Bool { weight.isTrainable || bias?.isTrainable ?? false }
}

/// The tables and the layer norm of BERT's embedding.
public struct EmbeddingParameters {
    /// Rows by token id, segment id and place in the sequence, all of the same width.
    public let word: Parameter, type: Parameter, position: Parameter
    /// Of the layer norm.
    public let gain: Parameter, bias: Parameter
    /// The token id whose row gets no gradient, as in PyTorch's `padding_idx`.
    public let paddingID: UInt32?

    /// Gathers the parameters.
    public init(
        word: Parameter, type: Parameter, position: Parameter, gain: Parameter, bias: Parameter, paddingID: UInt32?
    ) {
        self.word = word
        self.type = type
        self.position = position
        self.gain = gain
        self.bias = bias
        self.paddingID = paddingID
    }

    var isTrainable: Bool {
        word.isTrainable || type.isTrainable || position.isTrainable || gain.isTrainable || bias.isTrainable
    }
}
