internal import ZooBase

/// What the tensors of one family of models are called, and how they are laid out, in each of several dialects.
///
/// A table: a rule is one tensor (or one a layer) with its name in each dialect that has it. So there is a way from
/// every dialect to every other, and each is the inverse of the way back. The language is described in
/// `Documentation/keymaps.md`.
public struct KeyMap: Sendable {
    /// One way to name the tensors of a model.
    public struct Dialect: Sendable, Hashable {
        /// What `--keys` calls it.
        public let name: String
        /// One line: which programs use it.
        public let summary: String
        /// What is written before every name.
        public let prefix: String
        /// What is written instead when there is a tensor of that rule, named as in the first dialect: models with a head
        /// have a scope of their own.
        public let headPrefixes: [String: String]
        /// What may follow every name; the first is written.
        public let suffixes: [String]
        /// What `{base}` stands for.
        public let base: Base?
    }

    /// What stands before the names of the body of a model.
    public struct Base: Sendable, Hashable {
        /// When all tensors belong to the body.
        public let alone: String
        /// When there is a head besides.
        public let besides: String
    }

    /// What a rule says about one dialect.
    struct Entry: Sendable, Hashable {
        let pattern: NamePattern
        /// From the first dialect's layout to this one's; nil when it is the same.
        let layout: AxisLayout?
    }

    /// One tensor, or one a layer.
    struct Rule: Sendable, Hashable {
        /// A place for each dialect, in their order; the first one always names the tensor.
        let entries: [Entry?]
        /// Why the tensor is left out for dialects that have no name for it; nil when it must not be.
        let dropped: String?
        /// The tensor, in the first dialect's names, that has the same bytes as one left out.
        let twin: NamePattern?

        /// The name in the first dialect, as it is written in the map.
        var text: String { entries[0]?.pattern.text ?? "" }

        /// Number of axes in dialect `index`; nil when the rule does not say.
        func rank(_ index: Int) -> Int? {
            entries[index]?.layout?.target.count ?? entries.compactMap { $0?.layout?.source.count }.first
        }
    }

    /// What the map is called: the family of models.
    public let name: String
    /// One line about it.
    public let summary: String
    /// The dialects; the first is the one the layouts start from.
    public let dialects: [Dialect]
    /// Sizes of axes to assume when neither the caller nor a shape tells them.
    public let assumedSizes: [String: Int]
    let rules: [Rule]
    let architecture: ArchitectureDescription?

    /// Reads a map from its JSON; `file` is what errors call it.
    ///
    /// - Throws: `KeyMapError.invalidJSON`, `.invalidMap`.
    public init(_ bytes: [UInt8], file: String) throws(KeyMapError) {
        let document: JSON
        do { document = try JSONParser.parse(bytes, maximumBytes: 1 << 20) } catch {
            throw .invalidJSON(file: file, error)
        }
        let fields = try KeyMapFields(
            document, file: file, place: "the map",
            allowed: ["name", "summary", "dialects", "sizes", "rules", "architecture"])
        let dialects = try DialectReader(try fields.required("dialects"), file: file)
        var sizes: [String: Int] = [:]
        for member in fields.optional("sizes")?.members ?? [] {
            guard let size = member.value.integer, size > 0 else {
                throw fields.error("sizes.\(member.name) must be a positive integer")
            }
            sizes[member.name] = size
        }
        var rules: [Rule] = []
        for (index, json) in try fields.array("rules").enumerated() {
            rules.append(try dialects.rule(json, place: "rules[\(index)]"))
        }
        try Self.checkDifferent(rules, dialects.dialects, fields)
        name = try fields.string("name")
        summary = try fields.string("summary")
        self.dialects = dialects.dialects
        assumedSizes = sizes
        self.rules = rules
        architecture = try fields.optional("architecture").map { json throws(KeyMapError) in
            try ArchitectureDescription(json, rules: rules, file: file)
        }
    }

    private static func checkDifferent(
        _ rules: [Rule], _ dialects: [Dialect], _ fields: KeyMapFields
    ) throws(KeyMapError) {
        for (index, dialect) in dialects.enumerated() {
            var seen = Set<String>()
            for rule in rules {
                guard let text = rule.entries[index]?.pattern.text else { continue }
                guard seen.insert(text).inserted else {
                    throw fields.error("two rules have the name \(CheckpointError.quoted(text)) in \(dialect.name)")
                }
            }
        }
    }

    /// The place of the dialect called `name`.
    ///
    /// - Throws: `KeyMapError.unknownDialect`.
    func index(of name: String) throws(KeyMapError) -> Int {
        guard let index = dialects.firstIndex(where: { $0.name == name }) else {
            throw .unknownDialect(map: self.name, name: name, known: dialects.map(\.name))
        }
        return index
    }
}
