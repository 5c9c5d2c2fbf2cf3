public import ZooBase

/// A safetensors file that is not written yet.
///
/// Deterministic: wider dtypes first, then the bytes of the names; metadata
/// sorted; the header padded with spaces to a multiple of eight bytes.
public struct SafetensorsLayout: FileLayout {
    /// A tensor and where in the file it begins.
    public struct Entry: Sendable {
        /// The tensor.
        public let tensor: CheckpointTensor
        /// Offset of its first byte from the start of the file.
        public let offset: Int
    }

    /// What transformers writes, and asks for when it reads.
    public static let usualMetadata = [MetadataEntry("format", "pt")]

    /// The length, the header and its padding: the first bytes of the file.
    public let header: [UInt8]
    /// The tensors, in the order of the file.
    public let entries: [Entry]
    /// Size of the file.
    public let byteCount: Int

    /// Lays out `tensors`.
    ///
    /// - Throws: `CheckpointError.duplicateName`, `.reservedName`, `.headerTooLarge`.
    public init(
        _ tensors: [TensorView], metadata: [MetadataEntry] = usualMetadata
    ) throws(CheckpointError) {
        try self.init(StateDict(tensors), metadata: metadata)
    }

    /// Lays out `state`.
    ///
    /// - Throws: `CheckpointError.reservedName`, `.headerTooLarge`.
    public init(_ state: StateDict, metadata: [MetadataEntry] = usualMetadata) throws(CheckpointError) {
        let tensors = state.tensors.sorted {
            ($0.info.dtype.writeRank, ExactString($0.info.name)) < ($1.info.dtype.writeRank, ExactString($1.info.name))
        }
        var text = HeaderText()
        if !metadata.isEmpty {
            text.add(metadata: metadata.sorted { ExactString($0.name) < ExactString($1.name) })
        }
        var end = 0
        for tensor in tensors {
            let info = tensor.info
            guard ExactString(info.name) != ExactString(SafetensorsFormat.metadataName) else {
                throw .reservedName(name: info.name)
            }
            text.add(info, at: end..<end + info.byteCount)
            end += info.byteCount
        }
        let bytes = text.padded()
        guard bytes.count <= SafetensorsFormat.maximumHeader else {
            throw .headerTooLarge(
                file: SafetensorsFormat.name, limit: SafetensorsFormat.maximumHeader, found: UInt64(bytes.count))
        }
        header = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
        byteCount = header.count + end
        var offset = header.count
        var entries: [Entry] = []
        entries.reserveCapacity(tensors.count)
        for tensor in tensors {
            entries.append(Entry(tensor: tensor, offset: offset))
            offset += tensor.info.byteCount
        }
        self.entries = entries
    }

    /// The header apart, every large tensor apart, small neighbours together.
    public var cuts: [Int] {
        Segments.cuts(
            dataStart: header.count, byteCount: byteCount,
            tensors: entries.map { $0.offset..<$0.offset + $0.tensor.info.byteCount })
    }

    /// Hands out the bytes in `range` of the file; see `FileLayout`.
    public func read(_ range: Range<Int>, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "outside the file")
        let inHeader = range.clamped(to: 0..<header.count)
        if !inHeader.isEmpty { try unsafe ByteStorage(copying: Array(header[inHeader])).withUnsafeBytes(sink) }
        for entry in entries where entry.tensor.info.byteCount > 0 {
            let whole = entry.offset..<entry.offset + entry.tensor.info.byteCount
            let part = range.clamped(to: whole)
            guard !part.isEmpty else { continue }
            let view = try entry.tensor.view()
            try unsafe view.withUnsafeBytes { bytes in
                let first = part.lowerBound - entry.offset
                try unsafe sink(UnsafeRawBufferPointer(rebasing: bytes[first..<first + part.count]))
            }
            view.storage.relinquish(view.range)
        }
    }
}
