internal import CKernels
internal import CProducts

/// Number formats of the matrix products; sums are float32 in both, and so is everything else.
public enum Precision: String, Sendable, CaseIterable {
    /// IEEE single precision.
    case f32
    /// bfloat16: 8 bits of exponent and 8 significant bits. Weights and the optimizer's state stay float32.
    case bf16

    /// Whether this processor has instructions for it, without which it is no faster than f32.
    public var isNative: Bool { self == .f32 || isAvailable && ck_has_bf16() != 0 }
    /// Whether this machine can compute it at all: bf16 needs AVX-512 and oneDNN.
    public var isAvailable: Bool { self == .f32 || ck_best_isa() == CK_ISA_AVX512 && cp_load_products() }
}
