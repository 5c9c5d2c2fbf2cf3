public import ZooBase

extension Parameter {
    /// The elements as bytes at rest, rounded to nearest, ties to even; nil when `dtype` is no float type.
    public func view(as dtype: DType) -> TensorView? {
        guard dtype.isFloat, let info = TensorInfo(name: name, dtype: dtype, shape: shape) else { return nil }
        let values = value.elements
        let storage = ByteStorage(byteCount: info.byteCount) { bytes in
            for (index, value) in values.enumerated() {
                switch dtype {
                case .f16: bytes.storeBytes(of: Float16(value), toByteOffset: index * 2, as: Float16.self)
                case .bf16: bytes.storeBytes(of: Self.bfloat16(value), toByteOffset: index * 2, as: UInt16.self)
                case .f64: bytes.storeBytes(of: Double(value), toByteOffset: index * 8, as: Double.self)
                default: bytes.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
                }
            }
        }
        return TensorView(info: info, storage: storage, range: 0..<info.byteCount)
    }

    private static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        guard !value.isNaN else { return UInt16(bits >> 16) | 0x40 }
        return UInt16((bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
