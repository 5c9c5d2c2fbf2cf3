/// An operation that was computed, with what its gradient rule needs.
enum Step {
    case embedding(Embedding)
    case linear(Linear)
    case attention(Attention)
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

    struct Linear {
        let input: Tensor, output: Tensor
        let weight: Parameter, bias: Parameter?
        let activation: Activation
        /// What went into GELU.
        let before: Buffer?
    }

    struct Attention {
        let query: Tensor, key: Tensor, value: Tensor, output: Tensor
        let heads: Int
        let scale: Float
        let site: DropoutSite
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

    var isTrainable: Bool { [word, type, position, gain, bias].contains(where: \.isTrainable) }
}
