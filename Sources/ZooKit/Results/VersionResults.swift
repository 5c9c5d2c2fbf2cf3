public import ZooBase
internal import ZooStore

/// One line of `zoo ls`.
public struct VersionSummary: Sendable, JSONRepresentable {
    /// The model's name.
    public let name: String
    /// The version's number.
    public let number: Int
    /// The manifest's digest.
    public let digest: ContentDigest
    /// Aliases that point at it, sorted.
    public let aliases: [String]
    /// The operation that made it: `pull`, `import`, `finetune`.
    public let operation: String
    /// The architecture, when it is one we know.
    public let architecture: String?
    /// The task of its head.
    public let task: String?
    /// The main metric, when one was measured as it was made.
    public let metric: MetricValue?
    /// Bytes of all files.
    public let byteCount: Int
    /// When it was made, RFC 3339 in UTC.
    public let created: String?
    /// The licence that holds.
    public let licence: String?
    /// Elements of its weights, when they were counted.
    public let parameterCount: Int?
    /// The digests of the manifests it was derived from.
    public let parents: [ContentDigest]

    /// As in `base@1`.
    public var reference: String { "\(name)@\(number)" }

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "name": .string(name), "version": .integer(number), "digest": .string(digest.description),
            "aliases": .array(aliases.map { .string($0) }), "operation": .string(operation),
            "architecture": architecture.map { .string($0) }, "task": task.map { .string($0) },
            "metric": metric.map { ["name": .string($0.name), "value": .number($0.value)] },
            "bytes": .integer(byteCount),
            "created": created.map { .string($0) }, "licence": licence.map { .string($0) },
            "parameters": parameterCount.map { .integer($0) },
            "parents": .array(parents.map { .string($0.description) }),
        ])
    }
}

/// The lines of `zoo ls`, each made when it is asked for.
public struct VersionSummaries: RandomAccessCollection, Sendable {
    private let found: VersionList

    init(_ found: VersionList) { self.found = found }

    /// Zero.
    public var startIndex: Int { 0 }
    /// The number of lines.
    public var endIndex: Int { found.count }
    /// Line `index`.
    public subscript(index: Int) -> VersionSummary { VersionSummary(found[index]) }

    /// Calls `body` with each line of `range` where the listing holds it.
    public func forEachLine(in range: Range<Int>, _ body: (VersionLine) -> Void) {
        found.forEachPacked(in: range) { packed, name, aliases in
            if let name = name.bytes { body(VersionLine(packed, name: name, aliases: aliases)) }
        }
    }

    /// For each line the index of the first of its parents that is a line too; nil where none is.
    ///
    /// Of two lines of one manifest the first counts.
    public func parentIndices() -> [Int32?] { found.parentIndices() }
}

/// Everything the registry knows of one version.
public struct VersionDetails: Sendable, JSONRepresentable {
    /// What `ls` shows.
    public let summary: VersionSummary
    /// Everything the version is called, such as `base@1`.
    public let names: [String]
    /// Path, size and SHA-256 of each file; no SHA-256 for one that was never hashed whole.
    public let files: [(path: String, byteCount: Int, digest: ContentDigest?)]
    /// The labels of its head, in the order of their ids.
    public let labels: [String]
    /// The licences found.
    public let licences: [LicenceStatement]
    /// The format-independent identity of the tensors.
    public let weightsDigest: ContentDigest?
    /// The versions it was made from, as names where they have one.
    public let parents: [String]
    /// The versions made from it.
    public let children: [String]
    /// Records kept of it: kind and time.
    public let records: [(kind: String, time: String)]
    /// Whether the training file is kept in the registry.
    public let keptData: [(name: String, byteCount: Int)]

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "version": summary.json, "names": .array(names.map { .string($0) }),
            "files": .array(
                files.map {
                    .object([
                        "path": .string($0.path), "bytes": .integer($0.byteCount),
                        "sha256": $0.digest.map { .string($0.hex) },
                    ])
                }), "labels": .array(labels.map { .string($0) }), "licences": .array(licences.map(\.json)),
            "weightsDigest": weightsDigest.map { .string($0.description) },
            "parents": .array(parents.map { .string($0) }), "children": .array(children.map { .string($0) }),
            "records": .array(records.map { ["kind": .string($0.kind), "time": .string($0.time)] }),
            "keptData": .array(keptData.map { ["name": .string($0.name), "bytes": .integer($0.byteCount)] }),
        ])
    }
}

/// A step of the way from an origin to a version.
public struct LineageNode: Sendable, JSONRepresentable {
    /// Names of the version, such as `reviews@2`; empty when only a derivation refers to it.
    public let names: [String]
    /// The manifest's digest.
    public let digest: ContentDigest
    /// The derivation's operation.
    public let operation: String
    /// The derivation as it is stored: inputs, parameters, numerics version.
    public let derivation: JSON
    /// The kernel set it was computed with, when it was computed.
    public let kernelSet: String?
    /// Metrics measured as it was made.
    public let metrics: JSON?
    /// The format-independent identity of the tensors.
    public let weightsDigest: ContentDigest?
    /// What it was made from.
    public let parents: [LineageNode]

    /// The tree from the top, each version with its depth.
    ///
    /// One that occurs again is `above`, and what it was made from is not said again: through merges the ways that lead
    /// to a version multiply.
    public var occurrences: [(node: LineageNode, depth: Int, isAbove: Bool)] {
        var found: [(node: LineageNode, depth: Int, isAbove: Bool)] = []
        var seen: Set<ContentDigest> = []
        func visit(_ node: LineageNode, _ depth: Int) {
            let isNew = seen.insert(node.digest).inserted
            found.append((node, depth, !isNew))
            if isNew { for parent in node.parents { visit(parent, depth + 1) } }
        }
        visit(self, 0)
        return found
    }

    /// The tree, camelCase; a version that occurs again is `{"names", "digest"}`.
    public var json: JSON {
        var seen: Set<ContentDigest> = []
        return json(&seen)
    }

    private func json(_ seen: inout Set<ContentDigest>) -> JSON {
        let (names, digest) = (JSON.array(names.map { .string($0) }), JSON.string(digest.description))
        guard seen.insert(self.digest).inserted else { return ["names": names, "digest": digest] }
        return .object([
            "names": names, "digest": digest, "operation": .string(operation), "derivation": derivation,
            "kernelSet": kernelSet.map { .string($0) }, "metrics": metrics,
            "weightsDigest": weightsDigest.map { .string($0.description) },
            "parents": .array(parents.map { $0.json(&seen) }),
        ])
    }
}
