public import ZooBase

/// Safetensors (github.com/huggingface/safetensors, README "Format"): the length of a JSON header, the header, and the
/// elements of every tensor end to end.
public enum SafetensorsFormat: WritableFormat {
    /// What the format is called: `safetensors`.
    public static let name = "safetensors"
    /// How names end: `.safetensors`.
    public static let suffix = ".safetensors"
    /// The longest header a file may have, in bytes.
    public static let maximumHeader = 100_000_000
    /// The member of the header that holds metadata instead of a tensor.
    static let metadataName = "__metadata__"

    /// A plausible length followed by an object, after spaces if need be.
    public static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool {
        guard prefix.count > 8 else { return false }
        let length = SafetensorsHeader.length(of: prefix)
        guard length >= 2, length <= UInt64(maximumHeader) else { return false }
        return prefix[8...].first { $0 != UInt8(ascii: " ") } == UInt8(ascii: "{")
    }

    /// Reads the header and makes a view of every tensor.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        let header = try SafetensorsHeader(bytes, file: file)
        let tensors = header.entries.map { entry in
            let (start, end) = (entry.range.lowerBound, entry.range.upperBound)
            let range = header.dataStart + start..<header.dataStart + end
            guard let tensor = CheckpointTensor(entry.info, in: bytes, range: range) else {
                preconditionFailure("the header was checked against the size of the file")
            }
            return tensor
        }
        return Checkpoint(
            format: name, metadata: header.metadata, tensors: tensors,
            files: [.init(name: file, byteCount: bytes.byteCount, tensorCount: tensors.count)])
    }

    /// Where each tensor lies; nil when the header is malformed.
    public static func tensorRanges(in bytes: SegmentedBytes) -> [Range<Int>]? {
        tensorRanges(head: bytes, byteCount: bytes.byteCount)
    }

    /// The length and the header, as far as they lie in the file.
    public static func headByteCount(_ prefix: [UInt8], byteCount: Int) -> Int {
        let length = SafetensorsHeader.length(of: prefix)
        return length <= UInt64(maximumHeader) ? min(8 + Int(length), byteCount) : prefix.count
    }

    /// Where each tensor lies, told from the header alone; nil when it is malformed.
    public static func tensorRanges(head: SegmentedBytes, byteCount: Int) -> [Range<Int>]? {
        guard let header = try? SafetensorsHeader(head, byteCount: byteCount, file: "") else { return nil }
        return header.entries.map {
            header.dataStart + $0.range.lowerBound..<header.dataStart + $0.range.upperBound
        }
    }

    /// The file that holds `state`.
    ///
    /// - Throws: `CheckpointError` for the one name a tensor cannot have and a header that is too large.
    public static func layout(
        _ state: StateDict, metadata: [MetadataEntry] = SafetensorsLayout.usualMetadata
    ) throws(CheckpointError) -> any FileLayout {
        try SafetensorsLayout(state, metadata: metadata)
    }
}
