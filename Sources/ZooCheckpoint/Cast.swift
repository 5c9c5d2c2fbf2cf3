internal import CBytes
public import ZooBase

/// A conversion between dtypes, and what it cost.
///
/// To a floating-point dtype: round to nearest, ties to even; what is too large becomes an infinity, what is too small a
/// zero of the same sign. To an integer: towards zero; what is out of range becomes the nearest limit, NaN zero. To
/// `BOOL`: whether the value is not zero. From `BOOL`: 0 or 1.
public struct Cast: Sendable {
    /// The converted tensor.
    public let view: TensorView
    /// What was lost.
    public let report: Report

    /// What a conversion lost.
    public struct Report: Sendable, Hashable {
        /// Finite values that became infinite, and values out of an integer's range.
        public let overflowCount: Int
        /// Values other than zero that became zero.
        public let underflowCount: Int
        /// Values that changed at all.
        public let inexactCount: Int
        /// The largest absolute difference between a finite value and what it became, overflow aside.
        public let largestError: Double

        /// Whether every value is what it was.
        public var isExact: Bool { overflowCount == 0 && underflowCount == 0 && inexactCount == 0 }
    }

    /// Whether tensors of `dtype` can be converted, from and to.
    public static func supports(_ dtype: DType) -> Bool { dtype.element != nil }

    /// `source` with the elements as `dtype`; traps when either dtype cannot be converted.
    static func converted(_ source: TensorView, to dtype: DType) -> Cast {
        guard let from = source.info.dtype.element, let to = dtype.element,
            let info = TensorInfo(name: source.info.name, dtype: dtype, shape: source.info.shape)
        else { preconditionFailure("cannot convert \(source.info.dtype.rawValue) to \(dtype.rawValue)") }
        var report = bytes_cast_report()
        let count = info.shape.elementCount
        let storage = unsafe ByteStorage(byteCount: info.byteCount) { target in
            unsafe source.withUnsafeBytes { elements in
                unsafe bytes_cast(from, elements.baseAddress, to, target.baseAddress, count, &report)
            }
        }
        guard let view = TensorView(info: info, storage: storage, range: 0..<info.byteCount) else {
            preconditionFailure("the storage was made for it")
        }
        return Cast(
            view: view,
            report: Report(
                overflowCount: Int(report.overflow), underflowCount: Int(report.underflow),
                inexactCount: Int(report.inexact), largestError: report.largest_error))
    }
}

extension TensorView {
    /// The tensor with its elements as `dtype`, in memory, and what the conversion lost.
    ///
    /// - Throws: `CheckpointError.cannotCast` for the 8-, 6- and 4-bit floating-point and the complex dtypes.
    public func cast(to dtype: DType) throws(CheckpointError) -> Cast {
        guard Cast.supports(info.dtype), Cast.supports(dtype) else {
            throw .cannotCast(tensor: info.name, from: info.dtype, to: dtype)
        }
        return Cast.converted(self, to: dtype)
    }
}

extension DType {
    /// The code of the dtype in `CBytes`; nil when it has no arithmetic there.
    var element: bytes_element? {
        switch self {
        case .f64: BYTES_F64
        case .f32: BYTES_F32
        case .bf16: BYTES_BF16
        case .f16: BYTES_F16
        case .u64: BYTES_U64
        case .i64: BYTES_I64
        case .u32: BYTES_U32
        case .i32: BYTES_I32
        case .u16: BYTES_U16
        case .i16: BYTES_I16
        case .u8: BYTES_U8
        case .i8: BYTES_I8
        case .bool: BYTES_BOOL
        case .c64, .f8e5m2fnuz, .f8e4m3fnuz, .f8e8m0, .f8e4m3, .f8e5m2, .f6e3m2, .f6e2m3, .f4: nil
        }
    }
}
