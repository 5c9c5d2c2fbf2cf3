#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Probabilities from what a classifier puts out.
public enum Softmax {
    /// The probabilities of one row of logits, in double precision.
    public static func probabilities(_ logits: some Collection<Float>) -> [Double] {
        let highest = logits.max() ?? 0
        let powers = logits.map { exp(Double($0) - Double(highest)) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
