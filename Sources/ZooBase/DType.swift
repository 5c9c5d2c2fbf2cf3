/// The element type of a tensor, spelled as the safetensors specification spells it.
public enum DType: String, Sendable, Hashable, CaseIterable {
    // In the order in which safetensors sorts tensors when it writes: wider first.
    case u64 = "U64"
    case i64 = "I64"
    case f64 = "F64"
    case c64 = "C64"
    case f32 = "F32"
    case u32 = "U32"
    case i32 = "I32"
    case bf16 = "BF16"
    case f16 = "F16"
    case u16 = "U16"
    case i16 = "I16"
    case f8e5m2fnuz = "F8_E5M2FNUZ"
    case f8e4m3fnuz = "F8_E4M3FNUZ"
    case f8e8m0 = "F8_E8M0"
    case f8e4m3 = "F8_E4M3"
    case f8e5m2 = "F8_E5M2"
    case i8 = "I8"
    case u8 = "U8"
    case f6e3m2 = "F6_E3M2"
    case f6e2m3 = "F6_E2M3"
    case f4 = "F4"
    case bool = "BOOL"

    /// Bits per element.
    public var bitWidth: Int {
        switch self {
        case .u64, .i64, .f64, .c64: 64
        case .f32, .u32, .i32: 32
        case .bf16, .f16, .u16, .i16: 16
        case .f8e5m2fnuz, .f8e4m3fnuz, .f8e8m0, .f8e4m3, .f8e5m2, .i8, .u8, .bool: 8
        case .f6e3m2, .f6e2m3: 6
        case .f4: 4
        }
    }

    /// Whether values are floating-point numbers, of any width.
    public var isFloatingPoint: Bool {
        switch self {
        case .f8e5m2fnuz, .f8e4m3fnuz, .f8e8m0, .f8e4m3, .f8e5m2, .f6e3m2, .f6e2m3, .f4: true
        default: isFloat
        }
    }

    /// Whether values are IEEE or brain floating point of at least 16 bits.
    public var isFloat: Bool {
        switch self {
        case .f64, .f32, .bf16, .f16: true
        default: false
        }
    }

    /// Position in the order in which safetensors writes (0 is written first).
    public var writeRank: Int { Self.allCases.firstIndex(of: self)! }

    /// What PyTorch calls a floating-point type; `float32` for others.
    public var torchName: String {
        switch self {
        case .f64: "float64"
        case .bf16: "bfloat16"
        case .f16: "float16"
        default: "float32"
        }
    }
}
