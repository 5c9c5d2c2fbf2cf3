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

    /// A tensor that is in the file and cannot be read.
    public struct Unreadable: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// What it is, as far as can be said: its type and shape.
        public let description: String
        /// Why it cannot be read.
        public let reason: String

        /// Makes a remark.
        public init(name: String, description: String, reason: String) {
            self.name = name
            self.description = description
            self.reason = reason
        }
    }

    /// The name of the format.
    public let format: String
    /// The program that wrote the file, as far as the file says; for people.
    public let producer: String?
    /// The metadata, sorted by the bytes of the names.
    public let metadata: [MetadataEntry]
    /// The tensors in the order in which the file, or each shard in turn, lays them out.
    public let tensors: [CheckpointTensor]
    /// Tensors that are no weights of the model: the optimizer's state.
    public let optimizerState: [CheckpointTensor]
    /// Tensors that are listed and cannot be read.
    public let unreadable: [Unreadable]
    /// The files, in order; one unless the checkpoint is sharded.
    public let files: [File]
    private let places: [ExactString: Int]

    /// Makes a checkpoint of tensors whose names differ; traps when two are the same, which a format must refuse.
    public init(
        format: String, producer: String? = nil, metadata: [MetadataEntry], tensors: [CheckpointTensor],
        optimizerState: [CheckpointTensor] = [], unreadable: [Unreadable] = [], files: [File]
    ) {
        self.format = format
        self.producer = producer
        self.optimizerState = optimizerState
        self.unreadable = unreadable
        self.metadata = metadata.sorted { ExactString($0.name) < ExactString($1.name) }
        self.tensors = tensors
        self.files = files
        places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { (ExactString($1.info.name), $0) })
    }

    /// The tensor called `name`; nil when there is none.
    public subscript(_ name: String) -> CheckpointTensor? { places[ExactString(name)].map { tensors[$0] } }

    /// The metadata called `name`; nil when there is none.
    public func metadata(_ name: String) -> String? {
        metadata.first { ExactString($0.name) == ExactString(name) }?.value
    }

    /// Every tensor with its bytes, all at once: for a model that is to be run.
    ///
    /// - Throws: `CheckpointError` when the bytes of one cannot be made.
    public func views() throws(CheckpointError) -> [TensorView] {
        var views: [TensorView] = []
        views.reserveCapacity(tensors.count)
        for tensor in tensors { views.append(try tensor.view()) }
        return views
    }

    /// Bytes of all tensors together.
    public var byteCount: Int { tensors.reduce(0) { $0 + $1.info.byteCount } }

    /// Elements of all tensors together.
    public var parameterCount: Int { tensors.reduce(0) { $0 + $1.info.shape.elementCount } }
}
