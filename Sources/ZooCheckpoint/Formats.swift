public import ZooBase

/// The checkpoint formats, in the order in which they are asked whether they recognize a file.
public enum Formats {
    /// Every format: a new one is a file of its own and a line here.
    public static let all: [any CheckpointFormat.Type] = [
        SafetensorsFormat.self,
        PyTorchFormat.self,
        NumPyFormat.self,
        NumPyArchiveFormat.self,
        GGUFFormat.self,
        HDF5Format.self,
        KerasFormat.self,
    ]

    /// Those that can be written.
    public static var writable: [any WritableFormat.Type] { all.compactMap { $0 as? any WritableFormat.Type } }

    /// The format to write called `name`, or the one whose files' names end as `path` does; nil when there is none.
    public static func writable(named name: String?, path: String) -> (any WritableFormat.Type)? {
        if let name {
            let usual = ["h5": "hdf5", "keras": "hdf5", "pt": "torch"][name] ?? name
            return writable.first { $0.name == usual }
        }
        return writable.first { ends(path, as: $0) }
    }

    /// Whether `path` ends as the files do of a format that can be read and not written.
    public static func isReadOnly(path: String) -> Bool {
        writable(named: nil, path: path) == nil && all.contains { ends(path, as: $0) }
    }

    private static func ends(_ path: String, as format: any CheckpointFormat.Type) -> Bool {
        ([format.suffix] + format.otherSuffixes).contains { path.lowercased().hasSuffix($0) }
    }

    /// What a format to write may be called.
    public static var writableNames: [String] { writable.map { $0.name } + ["h5", "keras"] }

    /// The names, for messages.
    public static var names: String { all.map { $0.name }.joined(separator: ", ") }

    /// The format that recognizes `bytes` among `formats`; nil when none does.
    public static func recognizing(
        _ bytes: SegmentedBytes, among formats: [any CheckpointFormat.Type] = all
    ) -> (any CheckpointFormat.Type)? {
        let prefix = bytes.array(0..<min(64, bytes.byteCount))
        return formats.first { $0.recognizes(prefix, byteCount: bytes.byteCount) }
            ?? formats.first { $0.recognizesInside(bytes) }
    }
}
