public import ZooBase

/// What a conversion wrote, and what it cost.
public struct ConvertResult: Sendable, JSONRepresentable {
    /// What a change of element type lost, over all tensors.
    public struct Loss: Sendable {
        /// Tensors that lost something.
        public let tensorCount: Int
        /// Finite values that became infinite.
        public let overflowCount: Int
        /// The first tensor that has one.
        public let firstOverflow: String?
        /// Values other than zero that became zero.
        public let underflowCount: Int
        /// Values that changed at all.
        public let inexactCount: Int
        /// The largest absolute rounding error.
        public let largestError: Double
        /// The tensor it is in.
        public let largestErrorTensor: String?
    }

    /// What was read.
    public let source: String
    /// Its format.
    public let sourceFormat: String
    /// The file, folder or version written.
    public let destination: String
    /// Its format.
    public let format: String
    /// Tensors written.
    public let tensorCount: Int
    /// Their bytes.
    public let byteCount: Int
    /// Names of the files, when more than one was written.
    public let files: [String]
    /// What was left out and why: tensors that cannot be read, optimizer state.
    public let leftOut: [String]
    /// Sets of tensors that were one in the source and are copies in the result.
    public let untied: [[String]]
    /// What the change of element type lost; nil when none was asked for.
    public let loss: Loss?
    /// The identity of the weights, for a version.
    public let weightsDigest: ContentDigest?
    /// Whether the version was there already.
    public let alreadyExisted: Bool
    /// From start to finish.
    public let seconds: Double

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "source": .string(source), "sourceFormat": .string(sourceFormat), "destination": .string(destination),
            "format": .string(format), "tensors": .integer(tensorCount), "bytes": .integer(byteCount),
            "files": .array(files.map { .string($0) }), "leftOut": .array(leftOut.map { .string($0) }),
            "untied": .array(untied.map { .array($0.map { .string($0) }) }),
            "loss": loss.map(\.json) ?? .null, "weightsDigest": weightsDigest.map { .string($0.hex) },
            "alreadyExisted": .bool(alreadyExisted), "seconds": .number(seconds),
        ])
    }
}

extension ConvertResult.Loss: JSONRepresentable {
    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "tensors": .integer(tensorCount), "overflow": .integer(overflowCount),
            "firstOverflow": firstOverflow.map { .string($0) }, "underflow": .integer(underflowCount),
            "inexact": .integer(inexactCount), "largestError": .number(largestError),
            "largestErrorTensor": largestErrorTensor.map { .string($0) },
        ])
    }
}
