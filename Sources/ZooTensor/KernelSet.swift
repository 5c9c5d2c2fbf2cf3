internal import CKernels
internal import CProducts
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
public import ZooBase

/// What computes on this machine: recorded beside a result, since another set may differ in the last bits.
public struct KernelSet: Sendable, Hashable, JSONRepresentable {
    /// `baseline`, `avx2`, `avx512` or `avx512bf16`: of the project's own kernels.
    public let instructionSet: String
    /// Version of oneDNN; `none` where it or OpenBLAS is not installed.
    public let oneDNN: String
    /// Version of OpenBLAS; `none` as above.
    public let openBLAS: String
    /// The processor family whose kernels OpenBLAS chose, such as `SkylakeX`.
    public let openBLASCore: String

    /// The set in use; the product libraries are loaded for it, and "none" where they are not installed.
    public static var current: KernelSet {
        let names = ["baseline", "avx2", "avx512", "avx512bf16"]
        guard cp_load_products() else {
            return KernelSet(
                instructionSet: names[Int(ck_current_isa().rawValue)], oneDNN: "none", openBLAS: "none",
                openBLASCore: "none")
        }
        let configuration = String(cString: openblas_get_config()).split(separator: " ")
        return KernelSet(
            instructionSet: names[Int(ck_current_isa().rawValue)], oneDNN: OneDNN.version,
            openBLAS: configuration.count > 1 ? String(configuration[1]) : "unknown",
            openBLASCore: String(cString: openblas_get_corename()))
    }

    /// The members by name.
    public var json: JSON {
        .object([
            "instructionSet": .string(instructionSet), "oneDNN": .string(oneDNN), "openBLAS": .string(openBLAS),
            "openBLASCore": .string(openBLASCore),
        ])
    }
}

/// Something about the environment that makes the engine slower or its bits different.
public enum EngineNotice: Sendable, Hashable, CustomStringConvertible {
    /// `OPENBLAS_CORETYPE` is set to this value.
    case coreTypeOverridden(String)

    /// What applies now.
    public static var current: [EngineNotice] {
        guard let value = getenv("OPENBLAS_CORETYPE") else { return [] }
        return [.coreTypeOverridden(String(cString: value))]
    }

    /// One line.
    public var description: String {
        switch self {
        case .coreTypeOverridden(let name):
            "OPENBLAS_CORETYPE=\(name) overrides the choice of matrix kernels (in use: "
                + "\(KernelSet.current.openBLASCore)); this may be slower and change the last bits: unset it"
        }
    }
}
