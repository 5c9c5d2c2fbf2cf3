public import ZooBase

/// What is merged, and what came of it.
public struct MergeResult: Sendable, JSONRepresentable {
    /// A model that is merged.
    public struct Source: Sendable {
        /// The version, file or folder.
        public let source: String
        /// Its format.
        public let format: String
        /// How much it counts.
        public let weight: Double
    }

    /// The models, in the order given.
    public let sources: [Source]
    /// `linear`, `slerp`, `task-arithmetic` or `ties`.
    public let method: String
    /// What the changes are taken from; nil for methods that need no base.
    public let base: String?
    /// The share of each tensor's changes that `ties` keeps; nil for other methods.
    public let density: Double?
    /// Tensors of the result.
    public let tensorCount: Int
    /// Elements of its floating-point tensors.
    public let parameterCount: Int
    /// Bytes of its tensors.
    public let byteCount: Int
    /// The format of the weights.
    public let format: String
    /// What is to be known of the result beside, in words.
    public let notes: [String]
    /// Whether nothing was written.
    public let isDryRun: Bool
    /// The path or version written; nil for a plan.
    public var destination: String?
    /// Names of the files written.
    public var files: [String] = []
    /// The identity of the weights, for a version.
    public var weightsDigest: ContentDigest?
    /// Whether the version was there already.
    public var alreadyExisted = false
    /// From start to finish.
    public var seconds = 0.0

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "sources": .array(sources.map(\.json)), "method": .string(method),
            "base": base.map { .string($0) } ?? .null,
            "density": density.map { .number($0) } ?? .null, "tensors": .integer(tensorCount),
            "parameters": .integer(parameterCount), "bytes": .integer(byteCount), "format": .string(format),
            "notes": .array(notes.map { .string($0) }), "dryRun": .bool(isDryRun),
            "destination": destination.map { .string($0) } ?? .null, "files": .array(files.map { .string($0) }),
            "weightsDigest": weightsDigest.map { .string($0.hex) } ?? .null, "alreadyExisted": .bool(alreadyExisted),
            "seconds": .number(seconds),
        ])
    }
}

extension MergeResult.Source: JSONRepresentable {
    /// All fields, camelCase.
    public var json: JSON {
        ["source": .string(source), "format": .string(format), "weight": .number(weight)]
    }
}
