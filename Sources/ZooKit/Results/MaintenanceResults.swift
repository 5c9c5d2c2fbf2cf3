public import ZooBase

/// What a removal did.
public struct RemoveResult: Sendable, JSONRepresentable {
    /// The versions that are gone.
    public let removed: [String]
    /// Runs that can be gone on with and keep the bytes of a version that is gone.
    public let keepers: [(version: String, run: String)]

    /// As in `{removed, keptByRuns: [{version, run}]}`.
    public var json: JSON {
        [
            "removed": .array(removed.map { .string($0) }),
            "keptByRuns": .array(keepers.map { ["version": .string($0.version), "run": .string($0.run)] }),
        ]
    }
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
    /// What goes.
    public let items: [GarbageItem]
    /// What is kept although no version needs it: pulls interrupted less than a day ago (`partial`), and runs (`run`),
    /// each with the bytes of the blobs that it alone keeps.
    public let kept: [GarbageItem]

    /// Number of things of a kind.
    public func count(_ kind: String) -> Int { items.count { $0.kind == kind } }
    /// Bytes of the things of a kind.
    public func byteCount(_ kind: String) -> Int { items.reduce(0) { $1.kind == kind ? $0 + $1.byteCount : $0 } }
    /// Bytes freed.
    public var byteCount: Int { items.reduce(0) { $0 + $1.byteCount } }

    /// All fields, camelCase.
    public var json: JSON {
        [
            "dryRun": .bool(isDryRun), "blobs": .integer(count("blob")), "manifests": .integer(count("manifest")),
            "temporaryFiles": .integer(count("temporary")), "interruptedPulls": .integer(count("partial")),
            "cacheBytes": .integer(byteCount("cache")), "bytes": .integer(byteCount),
            "items": .array(items.map(\.json)), "kept": .array(kept.map(\.json)),
        ]
    }
}

/// Something that no version needs.
public struct GarbageItem: Sendable, JSONRepresentable {
    /// `blob`, `manifest`, `records`, `temporary`, `partial` (an interrupted pull), `cache`, or `run`.
    public let kind: String
    /// The path in the registry.
    public let path: String
    /// Bytes.
    public let byteCount: Int

    /// The identifier of a run; nil for anything else.
    public var run: String? { kind == "run" ? String(path.dropFirst("runs/".count)) : nil }

    /// As in `{kind, path, bytes}`.
    public var json: JSON { ["kind": .string(kind), "path": .string(path), "bytes": .integer(byteCount)] }
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
    /// What was put right, or set aside.
    public let healed: [String]
    /// What can be done about content that healing could not bring back, in words.
    public let remedies: [String]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "blobs": .integer(blobCount), "bytes": .integer(byteCount),
            "problems": .array(
                problems.map {
                    ["what": .string($0.what), "affects": .array($0.affects.map { .string($0) })]
                }), "unreadable": .integer(unreadableCount), "healed": .array(healed.map { .string($0) }),
            "remedies": .array(remedies.map { .string($0) }),
        ]
    }
}
