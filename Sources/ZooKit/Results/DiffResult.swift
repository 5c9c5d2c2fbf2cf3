public import ZooBase

/// What differs between two models.
public struct DiffResult: Sendable, JSONRepresentable {
    /// The two.
    public let sources: [String]
    /// Whether nothing differs.
    public let isSame: Bool
    /// Tensors that differ, or that only one has, in words: name, what, figures.
    public let changes: [(name: String, what: String, figures: String)]
    /// The parts of the model: name, tensors, changed tensors, relative change.
    public let groups: [(name: String, tensorCount: Int, changedCount: Int, relativeChange: Double)]
    /// Other differences, in words: metadata, configuration, vocabulary, shards.
    public let notes: [String]
    /// All details, as `CheckpointDiff` says them.
    public let details: JSON

    /// `sources`, `same`, `notes`, `weights`.
    public var json: JSON {
        [
            "sources": .array(sources.map { .string($0) }), "same": .bool(isSame),
            "notes": .array(notes.map { .string($0) }), "weights": details,
        ]
    }
}

/// What the registry knows about a file.
public struct WhatIsResult: Sendable, JSONRepresentable {
    /// A version that the file is, or comes from.
    public struct Match: Sendable {
        /// The version.
        public let version: String
        /// What the file is to it: `the same weights`, `its body with another head`, `a cut of it` and others.
        public let relation: String
        /// How that is known.
        public let reason: String
    }

    /// The file.
    public let source: String
    /// The identity of its weights.
    public let weightsDigest: ContentDigest
    /// What it is, the closest first; empty when nothing in the registry is near.
    public let matches: [Match]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "source": .string(source), "weightsDigest": .string(weightsDigest.hex),
            "matches": .array(
                matches.map {
                    [
                        "version": .string($0.version), "relation": .string($0.relation), "reason": .string($0.reason),
                    ]
                }),
        ]
    }
}
