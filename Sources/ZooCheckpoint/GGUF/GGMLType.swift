internal import ZooBase

/// How the elements of a tensor are stored: ggml's types by their numbers in the file (ggml.h, `enum ggml_type`).
///
/// Numbers that ggml has withdrawn are not here.
enum GGMLType: UInt32, CaseIterable {
    case f32 = 0
    case f16 = 1
    case q4_0 = 2
    case q4_1 = 3
    case q5_0 = 6
    case q5_1 = 7
    case q8_0 = 8
    case q8_1 = 9
    case q2_k = 10
    case q3_k = 11
    case q4_k = 12
    case q5_k = 13
    case q6_k = 14
    case q8_k = 15
    case iq2_xxs = 16
    case iq2_xs = 17
    case iq3_xxs = 18
    case iq1_s = 19
    case iq4_nl = 20
    case iq3_s = 21
    case iq2_s = 22
    case iq4_xs = 23
    case i8 = 24
    case i16 = 25
    case i32 = 26
    case i64 = 27
    case f64 = 28
    case iq1_m = 29
    case bf16 = 30
    case tq1_0 = 34
    case tq2_0 = 35
    case mxfp4 = 39
    case nvfp4 = 40
    case q1_0 = 41

    /// The name as ggml's own tools print it: `Q4_K`, `IQ2_XXS`, `BF16`.
    var name: String { "\(self)".uppercased() }

    /// How many elements a block holds: the length of a row is a multiple of it.
    var blockLength: Int { layout.length }
    /// How many bytes a block takes.
    var blockByteCount: Int { layout.byteCount }

    private var layout: (length: Int, byteCount: Int) {
        switch self {
        case .i8: (1, 1)
        case .f16, .bf16, .i16: (1, 2)
        case .f32, .i32: (1, 4)
        case .f64, .i64: (1, 8)
        case .mxfp4: (32, 17)
        case .q1_0: (128, 18)
        case .nvfp4: (64, 36)
        case .q4_0, .iq4_nl: (32, 18)
        case .q4_1: (32, 20)
        case .q5_0: (32, 22)
        case .q5_1: (32, 24)
        case .q8_0: (32, 34)
        case .q8_1: (32, 36)
        case .iq1_s: (256, 50)
        case .tq1_0: (256, 54)
        case .iq1_m: (256, 56)
        case .iq2_xxs, .tq2_0: (256, 66)
        case .iq2_xs: (256, 74)
        case .iq2_s: (256, 82)
        case .q2_k: (256, 84)
        case .iq3_xxs: (256, 98)
        case .q3_k, .iq3_s: (256, 110)
        case .iq4_xs: (256, 136)
        case .q4_k: (256, 144)
        case .q5_k: (256, 176)
        case .q6_k: (256, 210)
        case .q8_k: (256, 292)
        }
    }

    /// The dtype of elements that are stored as they are; nil for blocks.
    var dtype: DType? {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .f64: .f64
        case .i8: .i8
        case .i16: .i16
        case .i32: .i32
        case .i64: .i64
        default: nil
        }
    }
}
