public import ZooBase

/// A tensor of a checkpoint: what it is, and the way to its bytes.
///
/// Bytes that lie packed in a mapped file are lent as they are. All others (compressed, strided, converted) are made in
/// memory each time they are asked for, and kept by nobody: a whole checkpoint is worked through one tensor at a time.
public struct CheckpointTensor: Sendable {
    /// Name, element type, shape.
    public let info: TensorInfo
    /// What the file holds in place of elements of that type, by its name in the format (`Q8_0`); nil when it is those.
    public let storedAs: String?
    /// Which part of which storage of the file it is, where tensors may have one together; nil elsewhere.
    public internal(set) var share: Share?
    private let content: Content

    /// A part of a storage: tensors that have the same one are tied.
    public struct Share: Sendable, Hashable {
        /// The file and the storage in it.
        let storage: String
        /// Where the elements lie: the first, then from one to the next along each axis.
        let places: [Int]
        /// Sizes of the axes.
        let sizes: [Int]
        /// What the elements are there, and what they have been converted to.
        var dtypes: [DType]
        /// What of the elements was kept, cut by cut.
        var cuts: [Cut] = []

        /// The runs kept along an axis.
        struct Cut: Sendable, Hashable {
            let axis: Int
            let runs: [Range<Int>]
        }

        /// The same part with these runs along an axis.
        func keeping(_ runs: [Range<Int>], along axis: Int) -> Share {
            var share = self
            share.cuts.append(Cut(axis: axis, runs: runs))
            return share
        }

        /// The same part with its elements as `dtype`.
        func holding(_ dtype: DType) -> Share {
            var share = self
            share.dtypes.append(dtype)
            return share
        }
    }

    private enum Content: Sendable {
        case view(TensorView)
        case made(@Sendable () throws(CheckpointError) -> ByteStorage)
    }

    /// A tensor whose bytes are at hand.
    public init(_ view: TensorView) {
        info = view.info
        storedAs = nil
        content = .view(view)
    }

    /// A tensor whose bytes `make` writes, packed, little-endian, in C order, into zeroed memory of the right size.
    public init(
        _ info: TensorInfo, storedAs: String? = nil,
        making make: @escaping @Sendable (UnsafeMutableRawBufferPointer) throws(CheckpointError) -> Void
    ) {
        self.info = info
        self.storedAs = storedAs
        let byteCount = info.byteCount
        content = .made { () throws(CheckpointError) in
            try unsafe ByteStorage(byteCount: byteCount) { memory throws(CheckpointError) in try unsafe make(memory) }
        }
    }

    /// A tensor that lies packed at `range` of a file; nil when `range` leaves the file or is not as long as `info`
    /// says.
    ///
    /// Where the file is kept in segments and the tensor in more than one of them, its bytes are put together when asked
    /// for.
    public init?(_ info: TensorInfo, in bytes: SegmentedBytes, range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.byteCount, range.count == info.byteCount else {
            return nil
        }
        self.info = info
        storedAs = nil
        if let window = bytes.contiguousWindow(range),
            let view = TensorView(info: info, storage: window.storage, range: window.range)
        {
            content = .view(view)
        } else {
            content = .made { () throws(CheckpointError) in ByteStorage(copying: bytes.array(range)) }
        }
    }

    private init(_ info: TensorInfo, storedAs: String? = nil, _ content: Content) {
        self.info = info
        self.storedAs = storedAs
        self.content = content
    }

    /// The tensor in its file; nil when its bytes have to be made.
    public var mapped: TensorView? {
        guard case .view(let view) = content else { return nil }
        return view
    }

    /// The tensor with its bytes.
    ///
    /// - Throws: `CheckpointError` when they cannot be made.
    public func view() throws(CheckpointError) -> TensorView {
        switch content {
        case .view(let view): return view
        case .made(let make):
            guard let view = TensorView(info: info, storage: try make(), range: 0..<info.byteCount) else {
                preconditionFailure("the storage was made for it")
            }
            return view
        }
    }

    /// The same bytes under another name.
    public func renamed(_ name: String) -> CheckpointTensor {
        guard let renamed = TensorInfo(name: name, dtype: info.dtype, shape: info.shape) else {
            preconditionFailure("a name changes no size")
        }
        return described(as: renamed)
    }

    /// The same bytes, said to be `info`, which must take as many.
    func described(as info: TensorInfo) -> CheckpointTensor {
        precondition(info.byteCount == self.info.byteCount, "the bytes stay the same")
        var described = CheckpointTensor(info, storedAs: storedAs, content)
        if case .view(let view) = content {
            guard let view = TensorView(info: info, storage: view.storage, range: view.range) else {
                preconditionFailure("the range is as long as it was")
            }
            described = CheckpointTensor(view)
        }
        described.share = share
        return described
    }

    /// The tensor with its elements as `dtype`, converted when they are asked for; `ledger` is then told what was lost.
    ///
    /// - Throws: `CheckpointError.cannotCast`.
    public func casting(to dtype: DType, ledger: CastLedger? = nil) throws(CheckpointError) -> CheckpointTensor {
        guard dtype != info.dtype else { return self }
        if var widened {
            widened.share = share
            return try widened.casting(to: dtype, ledger: ledger)
        }
        guard Cast.supports(info.dtype), Cast.supports(dtype),
            let cast = TensorInfo(name: info.name, dtype: dtype, shape: info.shape)
        else { throw .cannotCast(tensor: info.name, from: info.dtype, to: dtype) }
        var result = CheckpointTensor(
            cast,
            .made { () throws(CheckpointError) in
                let source = try view()
                let result = Cast.converted(source, to: dtype)
                source.storage.relinquish(source.range)
                ledger?.record(result.report, of: info.name)
                return result.view.storage
            })
        result.share = share
        return result
    }
}

extension [CheckpointTensor] {
    /// The tensors, of those that are one in the file only the first.
    public var distinct: [CheckpointTensor] {
        let repeated = Set(tied.flatMap { $0.dropFirst() }.map { ExactString($0) })
        return filter { !repeated.contains(ExactString($0.info.name)) }
    }

    /// The names of tensors that are one in the file, a list for each such set, in the order of the file.
    public var tied: [[String]] {
        var order: [CheckpointTensor.Share] = []
        var names: [CheckpointTensor.Share: [String]] = [:]
        for tensor in self where tensor.info.byteCount > 0 {
            guard let share = tensor.share?.holding(tensor.info.dtype) else { continue }
            if names[share] == nil { order.append(share) }
            names[share, default: []].append(tensor.info.name)
        }
        return order.compactMap { names[$0] }.filter { $0.count > 1 }
    }
}
