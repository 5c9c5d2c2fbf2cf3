public import ZooBase

/// What a removal did.
public struct RemoveResult: Sendable, JSONRepresentable {
    /// The versions that are gone.
    public let removed: [String]

    /// As in `{removed}`.
    public var json: JSON { ["removed": .array(removed.map { .string($0) })] }
}

/// Where an alias points now and where it did.
public struct TagResult: Sendable, JSONRepresentable {
    /// As in `reviews:production`.
    public let alias: String
    /// As in `reviews@2`.
    public let version: String
    /// What it pointed at before.
    public let previous: String?

    /// As in `{alias, version, previous}`.
    public var json: JSON {
        .object([
            "alias": .string(alias), "version": .string(version), "previous": previous.map { .string($0) } ?? .null,
        ])
    }
}

/// What garbage collection removed, or would.
public struct CollectResult: Sendable, JSONRepresentable {
    /// Whether nothing was touched.
    public let isDryRun: Bool
    /// Number of blobs.
    public let blobCount: Int
    /// Number of manifests.
    public let manifestCount: Int
    /// Number of left-over temporary files.
    public let temporaryCount: Int
    /// Bytes freed.
    public let byteCount: Int

    /// All fields, camelCase.
    public var json: JSON {
        [
            "dryRun": .bool(isDryRun), "blobs": .integer(blobCount), "manifests": .integer(manifestCount),
            "temporaryFiles": .integer(temporaryCount), "bytes": .integer(byteCount),
        ]
    }
}

/// A training run that is under way or can be resumed.
public struct RunSummary: Sendable, JSONRepresentable {
    /// What to give to `--resume`.
    public let identifier: String
    /// `running`, `interrupted` or `waiting`.
    public let state: String
    /// The base it started from.
    public let base: String
    /// The name the result will have.
    public let name: String
    /// Steps done, as of the last checkpoint.
    public let step: Int
    /// Steps in all.
    public let stepCount: Int
    /// Bytes it takes on disk.
    public let byteCount: Int

    /// All fields, camelCase.
    public var json: JSON {
        [
            "run": .string(identifier), "state": .string(state), "base": .string(base), "name": .string(name),
            "step": .integer(step), "steps": .integer(stepCount), "bytes": .integer(byteCount),
        ]
    }
}

/// What a check of the store found.
public struct VerifyResult: Sendable, JSONRepresentable {
    /// Blobs read again.
    public let blobCount: Int
    /// Bytes read again.
    public let byteCount: Int
    /// Each damaged thing: what it is, and what it affects.
    public let problems: [(what: String, affects: [String])]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "blobs": .integer(blobCount), "bytes": .integer(byteCount),
            "problems": .array(
                problems.map {
                    ["what": .string($0.what), "affects": .array($0.affects.map { .string($0) })]
                }),
        ]
    }
}
