internal import ZooBase

/// Floating-point numbers of eight bits (OCP 8-bit Floating Point Specification, OFP8; the variants without negative zero
/// of arXiv:2206.02915), each of which F32 holds exactly.
extension DType {
    /// What the 256 bytes mean; nil for other dtypes.
    var narrowValues: [Float]? {
        switch self {
        case .f8e4m3: (0...255).map { $0 & 0x7F == 0x7F ? .nan : Self.value($0, fraction: 3, bias: 7) }
        case .f8e5m2: (0...255).map { Float(Float16(bitPattern: UInt16($0) << 8)) }
        case .f8e4m3fnuz: (0...255).map { $0 == 0x80 ? .nan : Self.value($0, fraction: 3, bias: 8) }
        case .f8e5m2fnuz: (0...255).map { $0 == 0x80 ? .nan : Self.value($0, fraction: 2, bias: 16) }
        default: nil
        }
    }

    /// Sign, exponent, and a fraction of so many bits; no infinities.
    private static func value(_ bits: Int, fraction: Int, bias: Int) -> Float {
        let (exponent, rest) = ((bits & 0x7F) >> fraction, Float(bits & ((1 << fraction) - 1)) / Float(1 << fraction))
        let magnitude =
            exponent == 0
            ? rest * Float(sign: .plus, exponent: 1 - bias, significand: 1)
            : Float(sign: .plus, exponent: exponent - bias, significand: 1 + rest)
        return bits & 0x80 == 0 ? magnitude : -magnitude
    }
}

extension CheckpointTensor {
    /// The tensor with its eight-bit elements as F32, exactly, made when they are asked for; nil for other dtypes.
    var widened: CheckpointTensor? {
        guard let values = info.dtype.narrowValues,
            let wide = TensorInfo(name: info.name, dtype: .f32, shape: info.shape)
        else { return nil }
        return unsafe CheckpointTensor(wide) { target throws(CheckpointError) in
            let view = try self.view()
            unsafe view.withUnsafeBytes { source in
                for place in source.indices {
                    unsafe target.storeBytes(
                        of: values[Int(source[place])], toByteOffset: 4 * place, as: Float.self)
                }
            }
            view.storage.relinquish(view.range)
        }
    }
}
