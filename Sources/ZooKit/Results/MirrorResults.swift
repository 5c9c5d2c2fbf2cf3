public import ZooBase

/// A place where models are pulled from.
public struct MirrorDescription: Sendable, JSONRepresentable {
    /// The name it was given.
    public let name: String
    /// The kind: `folder`, `static`, `hub`.
    public let kind: String
    /// Where it is.
    public let location: String

    /// As in `{name, kind, location}`.
    public var json: JSON { ["name": .string(name), "kind": .string(kind), "location": .string(location)] }
}

/// A model that a mirror offers.
public struct SearchHit: Sendable, JSONRepresentable {
    /// What to give to `pull`.
    public let name: String
    /// The mirror that has it.
    public let mirror: String
    /// `folder` or the archive's kind.
    public let kind: String
    /// Size in bytes: of the archive, or of the folder's files; nil when the mirror does not say.
    public let byteCount: Int?
    /// The licences that could be told without reading the weights, the one that holds first.
    public let licences: [LicenceStatement]

    /// As in `{name, mirror, kind, bytes, licence, licences}`.
    public var json: JSON {
        .object([
            "name": .string(name), "mirror": .string(mirror), "kind": .string(kind),
            "bytes": byteCount.map { .integer($0) },
            "licence": licences.first.map { .string($0.identifier) },
            "licences": .array(licences.map(\.json)),
        ])
    }
}

/// What a pull or an import did.
public struct PullResult: Sendable, JSONRepresentable {
    /// As in `base@1`.
    public let version: String
    /// What the name alone means when that is another version, as in `base@2`.
    public let latest: String?
    /// The manifest's digest.
    public let digest: ContentDigest
    /// False when the registry had exactly this already.
    public let isNew: Bool
    /// True when the mirror describes what the registry holds, and nothing was read.
    public let isUpToDate: Bool
    /// True when no mirror was asked: it is what an earlier pull brought.
    public let isUnchecked: Bool
    /// Where it came from, for people.
    public let source: String
    /// The revision's immutable name; nil when the mirror has no history.
    public let commit: String?
    /// Number of files taken.
    public let fileCount: Int
    /// Number of files the mirror offers; nil when all of them were asked for.
    public let offeredFileCount: Int?
    /// Bytes of all files.
    public let byteCount: Int
    /// Bytes the registry did not hold before.
    public let newByteCount: Int
    /// The licences found, each with where it was found.
    public let licences: [LicenceStatement]
    /// The format-independent identity of the tensors, when there are any.
    public let weightsDigest: ContentDigest?
    /// Seconds it took.
    public let seconds: Double

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "version": .string(version), "latest": latest.map { .string($0) }, "digest": .string(digest.description),
            "isNew": .bool(isNew),
            "isUpToDate": .bool(isUpToDate), "isUnchecked": .bool(isUnchecked), "source": .string(source),
            "commit": commit.map { .string($0) },
            "files": .integer(fileCount), "offeredFiles": offeredFileCount.map { .integer($0) },
            "bytes": .integer(byteCount),
            "newBytes": .integer(newByteCount), "licences": .array(licences.map(\.json)),
            "weightsDigest": weightsDigest.map { .string($0.description) }, "seconds": .number(seconds),
        ])
    }
}

/// A licence and who states it.
public struct LicenceStatement: Sendable, JSONRepresentable, Hashable {
    /// SPDX identifier, or the text as found.
    public let identifier: String
    /// Who says so: `card`, `file` or `package`; `metadata` for a checkpoint file of its own.
    public let source: String

    /// As in `{identifier, source}`.
    public var json: JSON { ["identifier": .string(identifier), "source": .string(source)] }
}
