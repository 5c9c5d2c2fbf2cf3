internal import CKernels
internal import ZooBase

/// Stored numbers to float32.
enum Widening {
    /// Fills `output`; false when the element type is not a plain number.
    static func widen(_ view: TensorView, to output: UnsafeMutableBufferPointer<Float>) -> Bool {
        guard let start = output.baseAddress else { return true }
        let count = output.count
        return view.withUnsafeBytes { bytes in
            /// The bytes may lie at any address.
            func each<Element: BitwiseCopyable>(_: Element.Type, _ convert: (Element) -> Float) -> Bool {
                let size = MemoryLayout<Element>.size
                for index in 0..<count {
                    start[index] = convert(bytes.loadUnaligned(fromByteOffset: index * size, as: Element.self))
                }
                return true
            }
            func halves(_ widen: (UnsafeMutablePointer<Float>?, UnsafePointer<UInt16>?, Int) -> Void) -> Bool {
                if UInt(bitPattern: bytes.baseAddress) % 2 == 0 {
                    widen(start, bytes.baseAddress?.assumingMemoryBound(to: UInt16.self), count)
                } else {
                    var aligned = [UInt16](repeating: 0, count: count)
                    aligned.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
                    widen(start, aligned, count)
                }
                return true
            }
            switch view.info.dtype {
            case .f32:
                UnsafeMutableRawPointer(start).copyMemory(from: bytes.baseAddress!, byteCount: count * 4)
                return true
            case .f16: return halves(ck_widen_f16)
            case .bf16: return halves(ck_widen_bf16)
            case .f64: return each(Double.self) { Float($0) }
            case .i64: return each(Int64.self) { Float($0) }
            case .i32: return each(Int32.self) { Float($0) }
            case .i16: return each(Int16.self) { Float($0) }
            case .u64: return each(UInt64.self) { Float($0) }
            case .u32: return each(UInt32.self) { Float($0) }
            case .u16: return each(UInt16.self) { Float($0) }
            default: return false
            }
        }
    }
}
