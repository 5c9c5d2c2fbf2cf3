public import ZooBase

/// One name and value of a checkpoint's metadata.
public struct MetadataEntry: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String

    /// Makes an entry.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Named tensors and string metadata, as some format on disk holds them.
///
/// Opening reads descriptions only; the bytes of
/// a tensor are read when its view is.
public struct Checkpoint: Sendable {
    /// One file of a checkpoint.
    public struct File: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its size.
        public let byteCount: Int
        /// How many tensors it holds.
        public let tensorCount: Int
    }

    /// The name of the format.
    public let format: String
    /// The metadata, sorted by the bytes of the names.
    public let metadata: [MetadataEntry]
    /// The tensors in the order in which the file, or each shard in turn, lays them out.
    public let tensors: [TensorView]
    /// The files, in order; one unless the checkpoint is sharded.
    public let files: [File]
    private let places: [ExactString: Int]

    /// Makes a checkpoint of tensors whose names differ; traps when two are the same, which a format must refuse.
    public init(format: String, metadata: [MetadataEntry], tensors: [TensorView], files: [File]) {
        self.format = format
        self.metadata = metadata.sorted { ExactString($0.name) < ExactString($1.name) }
        self.tensors = tensors
        self.files = files
        places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { (ExactString($1.info.name), $0) })
    }

    /// The tensor called `name`; nil when there is none.
    public subscript(_ name: String) -> TensorView? { places[ExactString(name)].map { tensors[$0] } }

    /// The metadata called `name`; nil when there is none.
    public func metadata(_ name: String) -> String? {
        metadata.first { ExactString($0.name) == ExactString(name) }?.value
    }

    /// Bytes of all tensors together.
    public var byteCount: Int { tensors.reduce(0) { $0 + $1.info.byteCount } }

    /// Elements of all tensors together.
    public var parameterCount: Int { tensors.reduce(0) { $0 + $1.info.shape.elementCount } }
}
