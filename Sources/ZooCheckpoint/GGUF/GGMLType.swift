internal import ZooBase

/// How the elements of a tensor are stored (ggml.h, `enum ggml_type`): blocks of so many elements that take so many
/// bytes.
struct GGMLType: Sendable {
    /// The number in the file.
    let number: UInt32
    /// The name as ggml's own tools print it.
    let name: String
    /// How many elements a block holds: the length of a row is a multiple of it.
    let blockLength: Int
    /// How many bytes a block takes.
    let blockByteCount: Int
    /// The dtype of elements that are stored as they are; nil for blocks.
    let dtype: DType?

    private init(_ number: UInt32, _ name: String, _ blockLength: Int, _ blockByteCount: Int) {
        self.number = number
        self.name = name
        self.blockLength = blockLength
        self.blockByteCount = blockByteCount
        dtype = blockLength == 1 ? DType(rawValue: name) : nil
    }

    /// The type with a number of the file; nil for a number that ggml has withdrawn or not given yet.
    static func numbered(_ number: UInt32) -> GGMLType? { byNumber[number] }

    private static let byNumber = Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0) })

    private static let all: [GGMLType] = [
        GGMLType(0, "F32", 1, 4),
        GGMLType(1, "F16", 1, 2),
        GGMLType(2, "Q4_0", 32, 18),
        GGMLType(3, "Q4_1", 32, 20),
        GGMLType(6, "Q5_0", 32, 22),
        GGMLType(7, "Q5_1", 32, 24),
        GGMLType(8, "Q8_0", 32, 34),
        GGMLType(9, "Q8_1", 32, 36),
        GGMLType(10, "Q2_K", 256, 84),
        GGMLType(11, "Q3_K", 256, 110),
        GGMLType(12, "Q4_K", 256, 144),
        GGMLType(13, "Q5_K", 256, 176),
        GGMLType(14, "Q6_K", 256, 210),
        GGMLType(15, "Q8_K", 256, 292),
        GGMLType(16, "IQ2_XXS", 256, 66),
        GGMLType(17, "IQ2_XS", 256, 74),
        GGMLType(18, "IQ3_XXS", 256, 98),
        GGMLType(19, "IQ1_S", 256, 50),
        GGMLType(20, "IQ4_NL", 32, 18),
        GGMLType(21, "IQ3_S", 256, 110),
        GGMLType(22, "IQ2_S", 256, 82),
        GGMLType(23, "IQ4_XS", 256, 136),
        GGMLType(24, "I8", 1, 1),
        GGMLType(25, "I16", 1, 2),
        GGMLType(26, "I32", 1, 4),
        GGMLType(27, "I64", 1, 8),
        GGMLType(28, "F64", 1, 8),
        GGMLType(29, "IQ1_M", 256, 56),
        GGMLType(30, "BF16", 1, 2),
        GGMLType(34, "TQ1_0", 256, 54),
        GGMLType(35, "TQ2_0", 256, 66),
        GGMLType(39, "MXFP4", 32, 17),
        GGMLType(40, "NVFP4", 64, 36),
        GGMLType(41, "Q1_0", 128, 18),
    ]
}
