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
    /// As in `reviews@2`; nil when the alias was removed.
    public let version: String?
    /// What it pointed at before.
    public let previous: String?
    /// Whether it needs force to be moved.
    public let isProtected: Bool

    /// As in `{alias, version, previous, protected}`.
    public var json: JSON {
        .object([
            "alias": .string(alias), "version": version.map { .string($0) } ?? .null,
            "previous": previous.map { .string($0) } ?? .null, "protected": .bool(isProtected),
        ])
    }
}

/// What garbage collection removed, or would.
public struct CollectResult: Sendable, JSONRepresentable {
    /// Whether nothing was touched.
    public let isDryRun: Bool
    /// Each thing: `blob`, `manifest`, `records`, `temporary`, `partial` or `cache`; its path in the registry; bytes.
    public let items: [(kind: String, path: String, byteCount: Int)]

    /// Number of things of a kind.
    public func count(_ kind: String) -> Int { items.count { $0.kind == kind } }
    /// Number of left-over temporary files, downloads and cached things.
    public var temporaryCount: Int { count("temporary") + count("partial") + count("cache") }
    /// Bytes freed.
    public var byteCount: Int { items.reduce(0) { $0 + $1.byteCount } }

    /// All fields, camelCase.
    public var json: JSON {
        [
            "dryRun": .bool(isDryRun), "blobs": .integer(count("blob")), "manifests": .integer(count("manifest")),
            "temporaryFiles": .integer(temporaryCount), "bytes": .integer(byteCount),
            "items": .array(
                items.map {
                    ["kind": .string($0.kind), "path": .string($0.path), "bytes": .integer($0.byteCount)]
                }),
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
    /// Each thing that is damaged or cannot be read: what it is, and what it affects.
    public let problems: [(what: String, affects: [String])]
    /// How many of them cannot be read because the system fails; whether they are damaged is not known.
    public let unreadableCount: Int
    /// What was put right.
    public let healed: [String]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "blobs": .integer(blobCount), "bytes": .integer(byteCount),
            "problems": .array(
                problems.map {
                    ["what": .string($0.what), "affects": .array($0.affects.map { .string($0) })]
                }), "unreadable": .integer(unreadableCount), "healed": .array(healed.map { .string($0) }),
        ]
    }
}
