public import ZooBase

/// One step of lineage: everything that can change a bit of the result, and nothing else.
public struct Derivation: Sendable, Hashable, JSONRepresentable {
    /// Something from outside the registry that went in: an archive, a file, a data set.
    public struct Input: Sendable, Hashable, JSONRepresentable {
        /// What it served as: `archive`, `file`, `train`, `validation` and so on.
        public let role: String
        /// The SHA-256 of its bytes.
        public let digest: ContentDigest
        /// Further facts that belong to its identity (rows, columns), as a JSON object; nil for none.
        public let facts: JSON?

        /// Makes the value.
        public init(role: String, digest: ContentDigest, facts: JSON? = nil) {
            self.role = role
            self.digest = digest
            self.facts = facts
        }

        /// An object `{"facts", "role", "sha256"}`.
        public var json: JSON {
            .object(["facts": facts, "role": .string(role), "sha256": .string(digest.hex)])
        }

        init?(json: JSON) {
            guard let role = json["role"]?.string,
                let digest = json["sha256"]?.string.flatMap({ ContentDigest(hex: $0) })
            else { return nil }
            self.init(role: role, digest: digest, facts: json["facts"])
        }
    }

    /// What was done: `pull`, `import`, `finetune` and so on.
    public let operation: String
    /// The manifests it started from, in the operation's own order.
    public let parents: [ContentDigest]
    /// What came from outside.
    public let inputs: [Input]
    /// Every parameter that can change a bit, as a JSON object.
    public let parameters: JSON
    /// Raised when the program's arithmetic changes a bit.
    public let numericsVersion: Int

    /// Makes the value.
    public init(
        operation: String, parents: [ContentDigest] = [], inputs: [Input] = [], parameters: JSON = .object([]),
        numericsVersion: Int
    ) {
        self.operation = operation
        self.parents = parents
        self.inputs = inputs
        self.parameters = parameters
        self.numericsVersion = numericsVersion
    }

    /// The memo key: two derivations of one digest give the same result.
    public var digest: ContentDigest { ContentDigest(of: json.text(.canonical)) }

    /// An object `{"inputs", "numericsVersion", "operation", "parameters", "parents"}`.
    public var json: JSON {
        .object([
            "inputs": .array(inputs.map(\.json)),
            "numericsVersion": .integer(numericsVersion),
            "operation": .string(operation),
            "parameters": parameters,
            "parents": .array(parents.map { .string($0.hex) }),
        ])
    }

    init?(json: JSON) {
        guard let operation = json["operation"]?.string, let parents = json["parents"]?.array,
            let inputs = json["inputs"]?.array, let parameters = json["parameters"],
            let numericsVersion = json["numericsVersion"]?.integer
        else { return nil }
        let digests = parents.compactMap { $0.string.flatMap { ContentDigest(hex: $0) } }
        let read = inputs.compactMap { Input(json: $0) }
        guard digests.count == parents.count, read.count == inputs.count else { return nil }
        self.init(
            operation: operation, parents: digests, inputs: read, parameters: parameters,
            numericsVersion: numericsVersion)
    }
}
