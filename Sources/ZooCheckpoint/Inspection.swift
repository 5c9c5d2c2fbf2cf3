public import ZooBase

/// What a checkpoint holds, told without reading an element unless duplicates are asked for.
public struct Inspection: Sendable {
    /// How many tensors, elements and bytes have one dtype.
    public struct Share: Sendable, Hashable {
        /// The dtype.
        public let dtype: DType
        /// Number of tensors.
        public let tensorCount: Int
        /// Number of elements.
        public let parameterCount: Int
        /// Number of bytes.
        public let byteCount: Int
    }

    /// The name of the format.
    public let format: String
    /// The program that wrote the file, as far as it says.
    public let producer: String?
    /// Metadata, sorted by name: what the program that wrote the file says of it.
    public let metadata: [MetadataEntry]
    /// The files, in order.
    public let files: [Checkpoint.File]
    /// The tensors that were selected, in the order of the files.
    public let tensors: [TensorInfo]
    /// The optimizer's state: no weights of the model.
    public let optimizerState: [TensorInfo]
    /// Tensors that are listed and cannot be read.
    public let unreadable: [Checkpoint.Unreadable]
    /// What the names and shapes of all tensors tell; nil when no map knows them, or none was given.
    public let architecture: RecognizedArchitecture?
    /// Dtypes, the one with most bytes first.
    public let dtypes: [Share]
    /// Names of tensors whose dtype, shape and bytes are the same, a list for each such set, sorted; nil when it was not
    /// asked for.
    public let duplicates: [[String]]?
    /// Names of tensors that are one in the file, a list for each such set.
    public let tied: [[String]]

    /// Describes the tensors of `checkpoint` whose names match one of `selecting`; reads those that may be duplicates
    /// when `findDuplicates`, none otherwise.
    ///
    /// `keyMaps` recognize the architecture, and `sizes` are sizes of axes by name (`heads`) that a configuration tells.
    ///
    /// - Throws: `CheckpointError` when the bytes of one cannot be made.
    public init(
        _ checkpoint: Checkpoint, selecting: [Glob] = [Glob("*")], findDuplicates: Bool = false,
        keyMaps: KeyMaps? = nil, sizes: [String: Int] = [:]
    ) throws(CheckpointError) {
        let selected = checkpoint.tensors.filter { tensor in selecting.contains { $0.matches(tensor.info.name) } }
        producer = checkpoint.producer
        optimizerState = checkpoint.optimizerState.map(\.info)
        unreadable = checkpoint.unreadable
        architecture = keyMaps.flatMap { $0.architecture(checkpoint.tensors.map(\.info), sizes: sizes) }
        format = checkpoint.format
        metadata = checkpoint.metadata
        files = checkpoint.files
        tensors = selected.map(\.info)
        tied = selected.tied
        let byType = Dictionary(grouping: selected.distinct.map(\.info), by: \.dtype)
        dtypes = byType.map { dtype, members in
            Share(
                dtype: dtype, tensorCount: members.count,
                parameterCount: members.reduce(0) { $0 + $1.shape.elementCount },
                byteCount: members.reduce(0) { $0 + $1.byteCount })
        }.sorted { ($1.byteCount, $0.dtype.writeRank) < ($0.byteCount, $1.dtype.writeRank) }
        duplicates = findDuplicates ? try Self.duplicates(selected) : nil
    }

    /// The tensors, nested by the parts of their names.
    public var tree: NameTree { NameTree(tensors) }

    /// Elements of all tensors together.
    public var parameterCount: Int { dtypes.reduce(0) { $0 + $1.parameterCount } }
    /// Bytes of all tensors together.
    public var byteCount: Int { dtypes.reduce(0) { $0 + $1.byteCount } }

    private struct Content: Hashable {
        let dtype: DType
        let shape: Shape
        let digest: ContentDigest
    }

    private static func duplicates(_ tensors: [CheckpointTensor]) throws(CheckpointError) -> [[String]] {
        // Only tensors of one dtype and shape can be the same, so the others are not read.
        let candidates = Dictionary(grouping: tensors) { Form(dtype: $0.info.dtype, shape: $0.info.shape) }
        var same: [Content: [ExactString]] = [:]
        for tensor in candidates.values.filter({ $0.count > 1 }).joined() where tensor.info.byteCount > 0 {
            let content = Content(
                dtype: tensor.info.dtype, shape: tensor.info.shape, digest: try tensor.view().digest)
            same[content, default: []].append(ExactString(tensor.info.name))
        }
        return same.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
            .map { $0.map(\.text) }
    }

    private struct Form: Hashable {
        let dtype: DType
        let shape: Shape
    }
}

extension Inspection: JSONRepresentable {
    /// The description, names in camel case; `duplicates` only when it was asked for.
    public var json: JSON {
        .object([
            "format": .string(format),
            "producer": producer.map(JSON.string),
            "architecture": architecture?.json,
            "metadata": .object(metadata.map { JSONMember($0.name, .string($0.value)) }),
            "tensorCount": .integer(tensors.count),
            "parameterCount": .integer(parameterCount),
            "byteCount": .integer(byteCount),
            "files": .array(
                files.map {
                    [
                        "name": .string($0.name), "byteCount": .integer($0.byteCount),
                        "tensorCount": .integer($0.tensorCount),
                    ]
                }),
            "dtypes": .array(dtypes.map(Self.json)),
            "tensors": .array(tensors.map(Self.json)),
            "optimizerState": optimizerState.isEmpty ? nil : .array(optimizerState.map(Self.json)),
            "unreadable": unreadable.isEmpty
                ? nil
                : .array(
                    unreadable.map {
                        [
                            "name": .string($0.name), "description": .string($0.description),
                            "reason": .string($0.reason),
                        ]
                    }),
            "duplicates": duplicates.map { .array($0.map { .array($0.map(JSON.string)) }) },
            "tied": tied.isEmpty ? nil : .array(tied.map { .array($0.map(JSON.string)) }),
        ])
    }

    private static func json(_ share: Share) -> JSON {
        [
            "dtype": .string(share.dtype.rawValue), "tensorCount": .integer(share.tensorCount),
            "parameterCount": .integer(share.parameterCount), "byteCount": .integer(share.byteCount),
        ]
    }

    private static func json(_ info: TensorInfo) -> JSON {
        [
            "name": .string(info.name), "dtype": .string(info.dtype.rawValue),
            "shape": .array(info.shape.dimensions.map(JSON.integer)), "byteCount": .integer(info.byteCount),
        ]
    }
}
