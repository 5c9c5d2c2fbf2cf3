internal import CBytes

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
public import ZooBase

/// Other arrangements of the elements of a tensor: none is made before it is asked for.
extension CheckpointTensor {
    /// The same elements in C order, as `shape`; traps when it has another number of elements.
    public func reshaped(_ shape: Shape) -> CheckpointTensor {
        precondition(shape.elementCount == info.shape.elementCount, "\(info.shape) cannot be \(shape)")
        guard shape != info.shape else { return self }
        return described(as: info.reshaped(shape))
    }

    /// The tensor whose axis i is this one's axis `axes[i]`; traps when `axes` is not a permutation of the axes.
    ///
    /// - Throws: `CheckpointError.malformed` (`cannotRearrange`) for elements that are not whole bytes.
    public func permuted(_ axes: [Int]) throws(CheckpointError) -> CheckpointTensor {
        precondition(axes.sorted() == Array(0..<info.shape.rank), "\(axes) is no order of \(info.shape.rank) axes")
        guard axes != Array(axes.indices) else { return self }
        let width = info.dtype.bitWidth / 8
        guard info.dtype.bitWidth % 8 == 0 else { throw .cannotRearrange(info) }
        let dimensions = info.shape.dimensions
        let result = info.reshaped(Shape(axes.map { dimensions[$0] }))
        return unsafe CheckpointTensor(result) { target throws(CheckpointError) in
            try unsafe self.withElements { source in
                unsafe bytes_permute(
                    source.baseAddress, target.baseAddress, axes.count, dimensions, axes, width)
            }
        }
    }

    /// The elements whose place along `axis` is in `range`; traps when there is no such axis or place.
    ///
    /// A part of a mapped tensor that lies in one piece (along the first axis, or the first of more than one place) is
    /// a view too; other parts are copied when they are asked for.
    ///
    /// - Throws: `CheckpointError.malformed` (`cannotRearrange`) for elements that are not whole bytes.
    public func sliced(axis: Int, range: Range<Int>) throws(CheckpointError) -> CheckpointTensor {
        var dimensions = info.shape.dimensions
        precondition(dimensions.indices.contains(axis), "\(info.shape) has no axis \(axis)")
        precondition(range.lowerBound >= 0 && range.upperBound <= dimensions[axis], "\(range) leaves axis \(axis)")
        guard range.count < dimensions[axis] else { return self }
        guard info.dtype.bitWidth % 8 == 0 else { throw .cannotRearrange(info) }
        let outer = dimensions[..<axis].reduce(1, *)
        let inner = dimensions[(axis + 1)...].reduce(info.dtype.bitWidth / 8, *)
        let stride = dimensions[axis] * inner
        dimensions[axis] = range.count
        let part = info.reshaped(Shape(dimensions))
        let run = range.lowerBound * inner..<range.upperBound * inner
        if outer == 1, let mapped {
            let start = mapped.range.lowerBound
            guard
                let view = TensorView(
                    info: part, storage: mapped.storage, range: start + run.lowerBound..<start + run.upperBound)
            else { preconditionFailure("a part of a tensor lies inside it") }
            return CheckpointTensor(view)
        }
        return unsafe CheckpointTensor(part) { target throws(CheckpointError) in
            try unsafe self.withElements { source in
                for row in 0..<(run.isEmpty ? 0 : outer) {
                    let from = row * stride + run.lowerBound
                    unsafe UnsafeMutableRawBufferPointer(rebasing: target[(row * run.count)...])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + run.count]))
                }
            }
        }
    }

    /// Lends the bytes, and gives the pages of a mapped file back afterwards.
    func withElements<Result>(
        _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(CheckpointError) -> Result {
        let view = try view()
        defer { view.storage.relinquish(view.range) }
        return unsafe view.withUnsafeBytes { bytes in unsafe body(bytes) }
    }
}

extension TensorInfo {
    /// The same name and dtype with another arrangement of as many elements, or of fewer.
    func reshaped(_ shape: Shape) -> TensorInfo {
        guard let info = TensorInfo(name: name, dtype: dtype, shape: shape) else {
            preconditionFailure("no more elements than before take no more bytes")
        }
        return info
    }
}

extension CheckpointError {
    /// The elements of `info` share bytes, so none can be moved by itself.
    static func cannotRearrange(_ info: TensorInfo) -> CheckpointError {
        .malformed(
            file: "tensor \(quoted(info.name))",
            FormatFault(
                "cannotRearrange", "elements of \(info.dtype.rawValue) share bytes and cannot be rearranged",
                .other("keep the tensor as it is")))
    }
}

extension CheckpointTensor {
    /// Whether the other has the same dtype, shape and bytes.
    func hasEqualElements(_ other: CheckpointTensor) throws(CheckpointError) -> Bool {
        guard info.dtype == other.info.dtype, info.shape == other.info.shape else { return false }
        return try hasEqualBytes(other)
    }

    /// Whether the other has the same bytes, whatever they mean.
    func hasEqualBytes(_ other: CheckpointTensor) throws(CheckpointError) -> Bool {
        guard info.byteCount == other.info.byteCount else { return false }
        let second = try other.view()
        defer { second.storage.relinquish(second.range) }
        return try unsafe withElements { first in
            unsafe second.withUnsafeBytes { bytes in
                guard let left = first.baseAddress, let right = bytes.baseAddress else { return true }
                return unsafe memcmp(left, right, bytes.count) == 0
            }
        }
    }

    /// Whether one of the two is the other with its elements rounded to its dtype, which is another one; shapes are not
    /// looked at.
    ///
    /// - Throws: `CheckpointError` when the bytes of either cannot be made.
    public func isCast(of other: CheckpointTensor) throws(CheckpointError) -> Bool {
        guard info.dtype != other.info.dtype else { return false }
        if try isCasting(into: other) { return true }
        return try other.isCasting(into: self)
    }

    private func isCasting(into other: CheckpointTensor) throws(CheckpointError) -> Bool {
        guard Cast.supports(info.dtype) || info.dtype.narrowValues != nil, Cast.supports(other.info.dtype) else {
            return false
        }
        return try casting(to: other.info.dtype).hasEqualBytes(other)
    }
}
