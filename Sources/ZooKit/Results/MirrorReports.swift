public import ZooBase

/// What a pull would do.
public struct PullPlan: Sendable, JSONRepresentable {
    /// The name the model gets here.
    public let name: String
    /// Where it would come from, for people.
    public let source: String
    /// The revision's immutable name; nil when the mirror has no history.
    public let commit: String?
    /// The version that is this already; nil when there is none.
    public let upToDate: String?
    /// Path, bytes, and how many of them need not be fetched, of each file: all when the registry holds it, else what an
    /// interrupted pull left.
    public let files: [(path: String, byteCount: Int, heldByteCount: Int)]

    /// Bytes that would be read from the mirror.
    public var missingByteCount: Int {
        upToDate != nil ? 0 : files.map { $0.byteCount - $0.heldByteCount }.boundedSum
    }

    /// As in `{name, source, commit, upToDate, missingBytes, files: [{path, bytes, heldBytes, isHere}]}`.
    public var json: JSON {
        .object([
            "name": .string(name), "source": .string(source), "commit": commit.map { .string($0) },
            "upToDate": upToDate.map { .string($0) }, "missingBytes": .integer(missingByteCount),
            "files": .array(
                files.map {
                    [
                        "path": .string($0.path), "bytes": .integer($0.byteCount),
                        "heldBytes": .integer($0.heldByteCount), "isHere": .bool($0.heldByteCount == $0.byteCount),
                    ]
                }),
        ])
    }
}

/// How a mirror is.
public struct MirrorReport: Sendable, JSONRepresentable {
    /// The mirror.
    public let mirror: MirrorDescription
    /// What it says of itself, one line a fact.
    public let facts: [String]
    /// Why it cannot be used; nil when it can.
    public let failure: String?
    /// Seconds it took to answer.
    public let seconds: Double

    /// As in `{name, kind, location, facts, failure, seconds}`.
    public var json: JSON {
        .object([
            "name": .string(mirror.name), "kind": .string(mirror.kind), "location": .string(mirror.location),
            "facts": .array(facts.map { .string($0) }), "failure": failure.map { .string($0) },
            "seconds": .number(seconds),
        ])
    }
}

/// What `mirror index` wrote.
public struct IndexReport: Sendable, JSONRepresentable {
    /// The index.
    public let path: String
    /// Number of models in it.
    public let modelCount: Int
    /// Number of their files.
    public let fileCount: Int
    /// Bytes of their files.
    public let byteCount: Int

    /// As in `{path, models, files, bytes}`.
    public var json: JSON {
        [
            "path": .string(path), "models": .integer(modelCount), "files": .integer(fileCount),
            "bytes": .integer(byteCount),
        ]
    }
}
