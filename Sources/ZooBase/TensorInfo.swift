/// What a stored tensor is: name, element type and shape; never where it is.
public struct TensorInfo: Sendable, Hashable {
    /// The name in the checkpoint, compared by bytes.
    public let name: String
    /// Element type.
    public let dtype: DType
    /// Dimensions, outermost first.
    public let shape: Shape
    /// Bytes the elements take, packed, in C order.
    public let byteCount: Int

    /// Makes the description; nil when the size overflows or is not a whole number of bytes.
    public init?(name: String, dtype: DType, shape: Shape) {
        let (bits, overflow) = shape.elementCount.multipliedReportingOverflow(by: dtype.bitWidth)
        guard !overflow, bits % 8 == 0 else { return nil }
        self.name = name
        self.dtype = dtype
        self.shape = shape
        byteCount = bits / 8
    }
}
