internal import ZooBase
public import ZooTensor

/// x Wᵀ + b.
public struct Linear {
    /// The matrix [out, in].
    public let weight: Parameter
    /// The shift [out].
    public let bias: Parameter?

    /// Applies it to the last dimension of `input`.
    ///
    /// - Parameter consumes: promises that nothing else reads the input's elements.
    public func callAsFunction(
        _ input: Tensor, _ pass: Pass, _ activation: Activation = .none, consumes: Bool = false
    ) -> Tensor {
        pass.linear(input, weight, bias, activation, consumes: consumes)
    }

    /// The parameters, for a call with several layers.
    public var parameters: LinearParameters { LinearParameters(weight: weight, bias: bias) }
}

/// Normalizes the last dimension, then scales and shifts it (Ba, Kiros and Hinton, arXiv:1607.06450).
public struct LayerNorm {
    /// One number a column [width].
    public let gain: Parameter
    /// One number a column [width].
    public let bias: Parameter
    /// Added to the variance.
    public let epsilon: Float

    /// The norm of dropout(`branch`) + `residual`; the branch's elements are overwritten.
    public func callAsFunction(_ branch: Tensor, plus residual: Tensor, dropout: Float, _ pass: Pass) -> Tensor {
        pass.residualNorm(branch, residual, gain: gain, bias: bias, epsilon: epsilon, dropout: dropout)
    }
}

extension ParameterScope {
    /// The linear layer here: `weight` [out, in] and `bias` [out].
    public func linear(_ inputs: Int, _ outputs: Int) -> Linear {
        Linear(weight: weight("weight", [outputs, inputs]), bias: vector("bias", outputs))
    }

    /// The layer norm here: `weight` and `bias`, which old checkpoints call `gamma` and `beta`.
    public func layerNorm(_ width: Int, epsilon: Float) -> LayerNorm {
        let isOld = has("gamma") && !has("weight")
        return LayerNorm(
            gain: vector(isOld ? "gamma" : "weight", width, initial: 1), bias: vector(isOld ? "beta" : "bias", width),
            epsilon: epsilon)
    }

    /// The table of rows here: `weight` [rows, width].
    public func embedding(_ rows: Int, _ width: Int) -> Parameter { weight("weight", [rows, width]) }
}
