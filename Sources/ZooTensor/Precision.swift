internal import CKernels

/// Number formats of the matrix products; sums are float32 in both, and so is everything else.
public enum Precision: String, Sendable, CaseIterable {
    /// IEEE single precision.
    case f32
    /// bfloat16: 8 bits of exponent and 8 significant bits. Weights and the optimizer's state stay float32.
    case bf16

    /// Whether this processor has instructions for it (AVX512_BF16), without which it is slower than f32, with the same
    /// bits.
    public var isNative: Bool { self == .f32 || ck_best_isa() == CK_ISA_AVX512_BF16 }
}
