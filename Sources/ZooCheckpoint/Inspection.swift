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
    /// Metadata, sorted by name: what the program that wrote the file says of it.
    public let metadata: [MetadataEntry]
    /// The files, in order.
    public let files: [Checkpoint.File]
    /// The tensors, in the order of the files.
    public let tensors: [TensorInfo]
    /// Dtypes, the one with most bytes first.
    public let dtypes: [Share]
    /// Names of tensors whose dtype, shape and bytes are the same, a list for each such set, sorted; nil when it was not
    /// asked for.
    public let duplicates: [[String]]?

    /// Describes `checkpoint`; reads the tensors that may be duplicates when `findDuplicates`, none otherwise.
    ///
    /// - Throws: `CheckpointError` when the bytes of one cannot be made.
    public init(_ checkpoint: Checkpoint, findDuplicates: Bool = false) throws(CheckpointError) {
        format = checkpoint.format
        metadata = checkpoint.metadata
        files = checkpoint.files
        tensors = checkpoint.tensors.map(\.info)
        let byType = Dictionary(grouping: tensors, by: \.dtype)
        dtypes = byType.map { dtype, members in
            Share(
                dtype: dtype, tensorCount: members.count,
                parameterCount: members.reduce(0) { $0 + $1.shape.elementCount },
                byteCount: members.reduce(0) { $0 + $1.byteCount })
        }.sorted { ($1.byteCount, $0.dtype.writeRank) < ($0.byteCount, $1.dtype.writeRank) }
        duplicates = findDuplicates ? try Self.duplicates(checkpoint.tensors) : nil
    }

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
            "duplicates": duplicates.map { .array($0.map { .array($0.map(JSON.string)) }) },
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
