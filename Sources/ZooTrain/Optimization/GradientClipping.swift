/// Keeps the norm of a step's gradients below a bound.
public enum GradientClipping {
    /// What gradients whose common norm is `norm` are multiplied by so that it is at most `bound`.
    ///
    /// It is bound ÷ (norm + 1e-6) and at most 1, as in PyTorch's `clip_grad_norm_`; without a bound, 1.
    public static func coefficient(norm: Double, bound: Double?) -> Double {
        guard let bound else { return 1 }
        return min(1, bound / (norm + 1e-6))
    }
}
