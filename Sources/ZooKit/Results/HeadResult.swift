public import ZooBase

/// What became of a head.
public struct HeadResult: Sendable, JSONRepresentable {
    /// The version it was done to.
    public let source: String
    /// What is done, in words.
    public let action: String
    /// The labels before.
    public let labelsBefore: [String]
    /// The labels after.
    public let labels: [String]
    /// The version made; nil for a plan.
    public var version: String?
    /// The identity of its weights.
    public var weightsDigest: ContentDigest?
    /// Whether it was there already.
    public var alreadyExisted = false

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "source": .string(source), "action": .string(action),
            "labelsBefore": .array(labelsBefore.map { .string($0) }), "labels": .array(labels.map { .string($0) }),
            "version": version.map { .string($0) } ?? .null,
            "weightsDigest": weightsDigest.map { .string($0.hex) } ?? .null, "alreadyExisted": .bool(alreadyExisted),
        ])
    }
}
