public import ZooBase

/// The checkpoint formats, in the order in which they are asked whether they recognize a file.
public enum Formats {
    /// Every format: a new one is a file of its own and a line here.
    public static let all: [any CheckpointFormat.Type] = [
        SafetensorsFormat.self,
        HDF5Format.self,
        KerasFormat.self,
    ]

    /// The names, for messages.
    public static var names: String { all.map { $0.name }.joined(separator: ", ") }

    /// The format that recognizes `bytes` among `formats`; nil when none does.
    public static func recognizing(
        _ bytes: SegmentedBytes, among formats: [any CheckpointFormat.Type] = all
    ) -> (any CheckpointFormat.Type)? {
        let prefix = bytes.array(0..<min(64, bytes.byteCount))
        return formats.first { $0.recognizes(prefix, byteCount: bytes.byteCount) }
    }
}
