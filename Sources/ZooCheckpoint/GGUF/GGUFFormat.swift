internal import CBytes
public import ZooBase

/// GGUF, versions 2 and 3 (ggml, docs/gguf.md): metadata, a table of tensors, their elements.
///
/// Elements that are stored as they are lie mapped; blocks of Q8_0 and Q4_0 are decoded to F32 when they are asked for;
/// tensors of any other type are listed as unreadable.
public enum GGUFFormat: CheckpointFormat {
    /// In lower case, as everywhere.
    public static let name = "gguf"
    /// With its dot.
    public static let suffix = ".gguf"

    /// The letters GGUF.
    static let magic: UInt32 = 0x4655_4747
    /// The store looks for tensors in a header of at most this many bytes: a file says how long its header is only by
    /// having one.
    private static let maximumHead = 16 << 20

    /// Whether `prefix` begins with the magic.
    public static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool { prefix.starts(with: "GGUF".utf8) }

    /// Reads the header and makes a tensor of every entry that can be read.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        let header = try GGUFHeader(bytes, byteCount: bytes.byteCount, file: file)
        var tensors: [CheckpointTensor] = []
        var unreadable: [Checkpoint.Unreadable] = []
        for entry in header.tensors {
            if let tensor = tensor(entry, in: bytes, dataStart: header.dataStart) {
                tensors.append(tensor)
                continue
            }
            let type = entry.encoding?.name ?? "type \(entry.type)"
            unreadable.append(
                .init(
                    name: entry.name, description: "\(type) \(entry.shape)",
                    reason: entry.encoding == nil ? "an unknown type" : "blocks of this type are not decoded"))
        }
        return Checkpoint(
            format: name, metadata: header.metadata, tensors: tensors, unreadable: unreadable,
            files: [.init(name: file, byteCount: bytes.byteCount, tensorCount: header.tensors.count)])
    }

    /// The arrays among the metadata, in the order of the file: vocabularies, scores, merges.
    ///
    /// - Throws: `CheckpointError`.
    public static func arrays(
        in bytes: SegmentedBytes, file: String
    ) throws(CheckpointError) -> [(name: String, array: GGUFArray)] {
        try GGUFHeader(bytes, byteCount: bytes.byteCount, file: file).arrays
    }

    /// Where each tensor lies; nil when the header is malformed, longer than 16 MB, or has a tensor of unknown size.
    public static func tensorRanges(in bytes: SegmentedBytes) -> [Range<Int>]? {
        guard bytes.byteCount > maximumHead else { return tensorRanges(head: bytes, byteCount: bytes.byteCount) }
        let head = ByteStorage(copying: bytes.array(0..<maximumHead))
        return tensorRanges(head: SegmentedBytes([head]), byteCount: bytes.byteCount)
    }

    /// The first 16 MB.
    public static func headByteCount(_ prefix: [UInt8], byteCount: Int) -> Int { min(maximumHead, byteCount) }

    /// What `tensorRanges(in:)` says of the whole file.
    public static func tensorRanges(head: SegmentedBytes, byteCount: Int) -> [Range<Int>]? {
        guard let header = try? GGUFHeader(head, byteCount: byteCount, file: "") else { return nil }
        let ranges = header.tensors.compactMap { tensor in
            tensor.byteCount.map { size in
                header.dataStart + tensor.offset..<header.dataStart + tensor.offset + size
            }
        }
        return ranges.count == header.tensors.count ? ranges : nil
    }

    private static func tensor(
        _ entry: GGUFHeader.Tensor, in bytes: SegmentedBytes, dataStart: Int
    ) -> CheckpointTensor? {
        guard let encoding = entry.encoding, let byteCount = entry.byteCount else { return nil }
        let range = dataStart + entry.offset..<dataStart + entry.offset + byteCount
        if let dtype = encoding.dtype {
            guard let info = TensorInfo(name: entry.name, dtype: dtype, shape: entry.shape),
                let tensor = CheckpointTensor(info, in: bytes, range: range)
            else { preconditionFailure("the header was checked against the size of the file") }
            return tensor
        }
        let isQ8 = encoding.name == "Q8_0"
        guard isQ8 || encoding.name == "Q4_0" else { return nil }
        guard let info = TensorInfo(name: entry.name, dtype: .f32, shape: entry.shape) else {
            preconditionFailure("the header was checked for sizes that fit")
        }
        let blocks = entry.shape.elementCount / encoding.blockLength
        return unsafe CheckpointTensor(info, storedAs: encoding.name) { memory in
            let (storage, place) = bytes.window(range)
            unsafe storage.withUnsafeBytes { all in
                let source = unsafe UnsafeRawBufferPointer(rebasing: all[place])
                if isQ8 {
                    unsafe bytes_decode_q8_0(source.baseAddress, blocks, memory.baseAddress)
                } else {
                    unsafe bytes_decode_q4_0(source.baseAddress, blocks, memory.baseAddress)
                }
            }
        }
    }
}
