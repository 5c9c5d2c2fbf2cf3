internal import ZooBase

/// Where the storages of a torch file lie, and the tensors made of them.
struct TorchStorages: Sendable {
    /// Where a storage is: as it is in the file, or deflated in its archive.
    enum Place: Sendable {
        case stored(Range<Int>)
        case deflated(ZipEntry, ZipArchive)

        var byteCount: Int {
            switch self {
            case .stored(let range): range.count
            case .deflated(let entry, _): entry.byteCount
            }
        }
    }

    let bytes: SegmentedBytes
    let file: String
    let places: [ExactString: Place]
    let isBigEndian: Bool
    /// Whether a storage may be larger than the pickle says, as it is when parts of it are named.
    let hasParts: Bool

    /// What a tensor may take beyond its storage.
    private static let expansionAllowance = 64 << 20

    /// What became of a tensor.
    enum Outcome {
        case readable(CheckpointTensor)
        case unreadable(Checkpoint.Unreadable)
    }

    /// The tensor called `name` that `tensor` describes, with its share of the storage.
    ///
    /// - Throws: `CheckpointError` when it cannot lie where the pickle says.
    func tensor(_ name: String, _ tensor: TorchTensor) throws(CheckpointError) -> Outcome {
        let outcome = try found(name, tensor)
        guard case .readable(var readable) = outcome else { return outcome }
        let strides = zip(tensor.sizes, tensor.strides).map { $0 == 1 ? 0 : $1 }
        readable.share = CheckpointTensor.Share(
            storage: "\(file): \(tensor.storage.key)", places: [tensor.storage.offset, tensor.offset] + strides,
            sizes: tensor.sizes, dtypes: [readable.info.dtype])
        return .readable(readable)
    }

    private func found(_ name: String, _ tensor: TorchTensor) throws(CheckpointError) -> Outcome {
        let (storage, width) = (tensor.storage, tensor.type.byteWidth)
        guard let shape = Shape(checking: tensor.sizes), shape.rank <= 64 else {
            throw fault(.torchShape(name, tensor.sizes))
        }
        guard tensor.strides.count == shape.rank, tensor.offset >= 0, tensor.strides.allSatisfy({ $0 >= 0 }) else {
            throw fault(.torchStride(name, tensor.strides))
        }
        guard let place = places[ExactString(storage.key)] else {
            throw fault(.torchStorageMissing(name, storage: storage.key))
        }
        let unit = storage.type?.byteWidth ?? 1
        let (size, sizeOverflow) = storage.count.multipliedReportingOverflow(by: unit)
        let (first, firstOverflow) = storage.offset.multipliedReportingOverflow(by: unit)
        guard !sizeOverflow, !firstOverflow, first <= place.byteCount, size <= place.byteCount - first,
            hasParts || size == place.byteCount
        else {
            let expected = sizeOverflow ? Int.max : size
            throw fault(.torchStorageSize(name, storage: storage.key, expected: expected, found: place.byteCount))
        }
        let count = size / width
        let isEmpty = shape.elementCount == 0
        guard let last = isEmpty ? tensor.offset : Self.last(tensor), isEmpty ? last <= count : last < count else {
            throw fault(.torchOutside(name, storage: storage.key, count: count))
        }
        guard case .known(let dtype) = tensor.type, let info = TensorInfo(name: name, dtype: dtype, shape: shape) else {
            guard case .other(let type, _) = tensor.type else { throw fault(.torchShape(name, tensor.sizes)) }
            return .unreadable(
                .init(name: name, description: "\(type) \(shape)", reason: "elements of this type are not read"))
        }
        guard info.byteCount <= size || info.byteCount - size <= Self.expansionAllowance else {
            throw fault(.torchExpanded(name, byteCount: info.byteCount))
        }
        guard info.byteCount > 0 else { return .readable(unsafe CheckpointTensor(info) { _ in }) }
        let start = first + tensor.offset * width
        let elements = StridedElements(
            sizes: tensor.sizes, strides: zip(tensor.sizes, tensor.strides).map { $0 == 1 ? 0 : $1 }, width: width,
            swappedWidth: isBigEndian ? tensor.type.swappedWidth : 1)
        let span = start..<first + (last + 1) * width
        if case .stored(let range) = place {
            let inFile = range.lowerBound + span.lowerBound..<range.lowerBound + span.upperBound
            if elements.swappedWidth == 1, StridedElements.isPacked(tensor.sizes, tensor.strides),
                let mapped = CheckpointTensor(info, in: bytes, range: inFile)
            {
                return .readable(mapped)
            }
            let bytes = bytes
            return .readable(
                unsafe CheckpointTensor(info) { target in
                    let window = bytes.window(inFile)
                    unsafe window.storage.withUnsafeBytes { all in
                        unsafe elements.gather(from: UnsafeRawBufferPointer(rebasing: all[window.range]), into: target)
                    }
                })
        }
        return .readable(
            unsafe CheckpointTensor(info) { target throws(CheckpointError) in
                guard case .deflated(let entry, let archive) = place else { return }
                try unsafe archive.contents(entry).withUnsafeBytes { all in
                    unsafe elements.gather(from: UnsafeRawBufferPointer(rebasing: all[span]), into: target)
                }
            })
    }

    /// The place of the last element in the storage; nil when it overflows.
    private static func last(_ tensor: TorchTensor) -> Int? {
        var last = tensor.offset
        for (size, stride) in zip(tensor.sizes, tensor.strides) where size > 1 {
            let (step, stepOverflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (next, overflow) = last.addingReportingOverflow(step)
            guard !stepOverflow, !overflow else { return nil }
            last = next
        }
        return last
    }

    private func fault(_ fault: FormatFault) -> CheckpointError { .malformed(file: file, fault) }
}
