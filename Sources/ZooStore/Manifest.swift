public import ZooBase

/// What a model version is.
///
/// Its canonical JSON is the version, and that text's SHA-256 the version's identity; so it holds no clock, host name,
/// path outside the version, model name or version number.
public struct Manifest: Sendable, Hashable, JSONRepresentable {
    /// The layouts of the JSON below: 2 when a file has no SHA-256 of its own, which 0.1 cannot read, else 1.
    static let schemas = 1...2
    /// The layout of this manifest.
    public var schema: Int { (files + attachments).allSatisfy(\.isHashedWhole) ? 1 : 2 }

    /// The files of the version, by path.
    public var files: [StoredFile]
    /// What is kept beside the files: training data, row digests.
    ///
    /// Not exported.
    public var attachments: [StoredFile]
    /// The architecture (`bert`), when it is known.
    public var architecture: String?
    /// The task (`sentiment`); nil for a base.
    public var task: String?
    /// The head, described by whoever made it; nil for a base.
    public var head: JSON?
    /// The labels in the order of the outputs.
    public var labels: [String]
    /// Every licence found, the one that holds first.
    public var licences: [Licence]
    /// The identity of the weights, whatever file format holds them.
    public var weightsDigest: ContentDigest?
    /// What the operation measured, bit for bit repeatable.
    public var metrics: JSON?
    /// How it was made.
    public var derivation: Derivation
    /// Instruction set and libraries in use when it was made; not part of the memo key.
    public var kernelSet: String?

    /// Makes a manifest; files and attachments are put in order.
    public init(
        files: [StoredFile], attachments: [StoredFile] = [], architecture: String? = nil, task: String? = nil,
        head: JSON? = nil, labels: [String] = [], licences: [Licence] = [], weightsDigest: ContentDigest? = nil,
        metrics: JSON? = nil, derivation: Derivation, kernelSet: String? = nil
    ) {
        self.files = Self.ordered(files)
        self.attachments = Self.ordered(attachments)
        self.architecture = architecture
        self.task = task
        self.head = head
        self.labels = labels
        self.licences = licences
        self.weightsDigest = weightsDigest
        self.metrics = metrics
        self.derivation = derivation
        self.kernelSet = kernelSet
    }

    private static func ordered(_ files: [StoredFile]) -> [StoredFile] {
        files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// The file at `path`.
    public func file(_ path: String) -> StoredFile? { files.first { $0.path == path } }
    /// The attachment called `name`.
    public func attachment(_ name: String) -> StoredFile? { attachments.first { $0.path == name } }
    /// Bytes of all files, attachments aside.
    public var byteCount: Int { files.map(\.size).boundedSum }
    /// The identity of the version.
    public var digest: ContentDigest { ContentDigest(of: json.text(.canonical)) }

    /// The members named as the properties are; those that are nil or empty are left out.
    public var json: JSON {
        .object([
            "architecture": architecture.map { .string($0) },
            "attachments": attachments.isEmpty ? nil : .array(attachments.map(\.json)),
            "derivation": derivation.json,
            "files": .array(files.map(\.json)),
            "head": head,
            "kernelSet": kernelSet.map { .string($0) },
            "labels": labels.isEmpty ? nil : .array(labels.map { .string($0) }),
            "licences": licences.isEmpty ? nil : .array(licences.map(\.json)),
            "metrics": metrics,
            "schema": .integer(schema),
            "task": task.map { .string($0) },
            "weightsDigest": weightsDigest.map { .string($0.hex) },
        ])
    }

    /// Reads canonical JSON.
    ///
    /// - Throws: `StoreError.damaged` with `path` as the place.
    init(parsing bytes: [UInt8], path: String) throws(StoreError) {
        let json: JSON
        do { json = try JSONParser.parse(bytes) } catch { throw .damaged(path: path, reason: error.message) }
        guard let schema = json["schema"]?.integer, Self.schemas.contains(schema) else {
            throw .damaged(
                path: path, reason: "not a manifest of schema \(Self.schemas.lowerBound) or \(Self.schemas.upperBound)")
        }
        let listed = (json["files"]?.array ?? []) + (json["attachments"]?.array ?? [])
        let files = json["files"]?.array?.compactMap { StoredFile(json: $0) } ?? []
        let attachments = json["attachments"]?.array?.compactMap { StoredFile(json: $0) } ?? []
        guard files.count + attachments.count == listed.count else {
            throw .damaged(path: path, reason: "a file entry is not valid")
        }
        guard let derivation = json["derivation"].flatMap({ Derivation(json: $0) }) else {
            throw .damaged(path: path, reason: "the derivation is missing or not valid")
        }
        self.init(
            files: files, attachments: attachments, architecture: json["architecture"]?.string,
            task: json["task"]?.string, head: json["head"],
            labels: json["labels"]?.array?.compactMap(\.string) ?? [],
            licences: json["licences"]?.array?.compactMap { Licence(json: $0) } ?? [],
            weightsDigest: json["weightsDigest"]?.string.flatMap { ContentDigest(hex: $0) },
            metrics: json["metrics"], derivation: derivation, kernelSet: json["kernelSet"]?.string)
    }
}
