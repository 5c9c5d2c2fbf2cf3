internal import CKernels

/// The kernels of packed products in one precision.
///
/// Operands lie in slots of 4 bytes: a float32, or a pair of bfloat16 that are neighbours in depth.
struct PackedKernels {
    typealias Packing = @convention(c) (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int, Int, Int, Int) -> Void
    typealias LeftPacking =
        @convention(c) (
            UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int, Int, Int, Int
        ) -> Void

    /// Terms of a sum in a slot.
    let termsPerSlot: Int
    /// Some rows of a right operand.
    let pack: Packing
    /// A right operand that is stored as its transpose.
    let packTransposed: @convention(c) (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int, Int, Int) -> Void
    /// A left operand that is stored as its transpose, and the sums of its columns.
    let packLeft: LeftPacking
    /// The same two of a matrix as the forward pass kept it, which has rows of slots.
    let packKept: Packing, packLeftKept: LeftPacking
    let product:
        @convention(c) (
            UnsafeMutablePointer<Float>?, Int, UnsafePointer<Float>?, Int, UnsafePointer<Float>?,
            UnsafePointer<Float>?, Int, Int, Int, Int32
        ) -> Void

    init(_ precision: Precision) {
        switch precision {
        case .f32:
            termsPerSlot = 1
            (pack, packTransposed, packLeft, product) = (ck_pack, ck_pack_transposed, ck_pack_left, ck_product)
            (packKept, packLeftKept) = (ck_pack, ck_pack_left)
        case .bf16:
            termsPerSlot = 2
            (pack, packTransposed) = (ck_pack_pairs, ck_pack_transposed_pairs)
            (packLeft, product) = (ck_pack_left_pairs, ck_product_pairs)
            (packKept, packLeftKept) = (ck_pack_pair_rows, ck_pack_left_pair_rows)
        }
    }

    /// Slots that so many terms of a sum take.
    func slots(_ depth: Int) -> Int { (depth + termsPerSlot - 1) / termsPerSlot }
}
