internal import ZooBase

/// Reads the dialects of a map, and then its rules.
struct DialectReader {
    /// How a dialect that is like another one differs from it.
    private struct Likeness {
        let original: Int
        let replacements: [(String, String)]
    }

    private(set) var dialects: [KeyMap.Dialect] = []
    private var likenesses: [Int: Likeness] = [:]
    private let file: String

    init(_ json: JSON, file: String) throws(KeyMapError) {
        self.file = file
        guard let members = json.members, !members.isEmpty else {
            throw .invalidMap(file: file, place: "dialects", problem: "must be an object with a member a dialect")
        }
        for member in members { try read(member) }
    }

    private mutating func read(_ member: JSONMember) throws(KeyMapError) {
        let fields = try KeyMapFields(
            member.value, file: file, place: "dialects.\(member.name)",
            allowed: ["summary", "prefix", "headPrefixes", "suffixes", "base", "like", "replace"])
        var base: KeyMap.Base?
        if let json = fields.optional("base") {
            let values = try KeyMapFields(
                json, file: file, place: "dialects.\(member.name).base", allowed: ["alone", "besides"])
            base = KeyMap.Base(alone: try values.string("alone"), besides: try values.string("besides"))
        }
        var headPrefixes: [String: String] = [:]
        for member in fields.optional("headPrefixes")?.members ?? [] {
            guard let text = member.value.string else { throw fields.error("headPrefixes must hold strings") }
            headPrefixes[member.name] = text
        }
        var suffixes: [String] = []
        for json in fields.optional("suffixes")?.array ?? [""] {
            guard let suffix = json.string else { throw fields.error("suffixes must be strings") }
            suffixes.append(suffix)
        }
        guard !suffixes.isEmpty else { throw fields.error("suffixes must not be empty") }
        if let name = try fields.optionalString("like") {
            guard let original = dialects.firstIndex(where: { $0.name == name }) else {
                throw fields.error("like must name a dialect above")
            }
            var replacements: [(String, String)] = []
            for member in try fields.required("replace").members ?? [] {
                guard let text = member.value.string else { throw fields.error("replace must hold strings") }
                replacements.append((member.name, text))
            }
            likenesses[dialects.count] = Likeness(original: original, replacements: replacements)
            base = base ?? dialects[original].base
        }
        dialects.append(
            KeyMap.Dialect(
                name: member.name, summary: try fields.string("summary"),
                prefix: try fields.optionalString("prefix") ?? "", headPrefixes: headPrefixes, suffixes: suffixes,
                base: base))
    }

    /// Reads one rule.
    func rule(_ json: JSON, place: String) throws(KeyMapError) -> KeyMap.Rule {
        let fields = try KeyMapFields(
            json, file: file, place: place, allowed: dialects.map(\.name) + ["dropped", "equals"])
        var entries: [KeyMap.Entry?] = []
        for (index, dialect) in dialects.enumerated() {
            if let json = fields.optional(dialect.name) {
                entries.append(try entry(json, dialect, fields))
            } else if let likeness = likenesses[index], let original = entries[likeness.original] {
                entries.append(try derived(original, likeness, dialect, fields))
            } else {
                entries.append(nil)
            }
        }
        guard let first = entries[0], first.layout == nil else {
            throw fields.error("the tensor must have a name, and no layout, in \(dialects[0].name)")
        }
        for entry in entries.compactMap({ $0 }) {
            guard entry.pattern.captures == first.pattern.captures else {
                throw fields.error("\(CheckpointError.quoted(entry.pattern.text)) captures something else")
            }
            guard entry.layout.map({ $0.source.count }) ?? rank(entries) == rank(entries) else {
                throw fields.error("the layouts begin with different numbers of axes")
            }
        }
        let twin = try fields.optionalString("equals").map { text throws(KeyMapError) in
            try pattern(text, dialects[0], fields)
        }
        let dropped = try fields.optionalString("dropped")
        guard twin == nil || dropped != nil else { throw fields.error("equals says what dropped may leave out") }
        return KeyMap.Rule(entries: entries, dropped: dropped, twin: twin)
    }

    private func rank(_ entries: [KeyMap.Entry?]) -> Int? { entries.compactMap { $0?.layout?.source.count }.first }

    private func entry(
        _ json: JSON, _ dialect: KeyMap.Dialect, _ fields: KeyMapFields
    ) throws(KeyMapError) -> KeyMap.Entry {
        if let text = json.string { return KeyMap.Entry(pattern: try pattern(text, dialect, fields), layout: nil) }
        guard let pair = json.array, pair.count == 2, let name = pair[0].string, let text = pair[1].string else {
            throw fields.error("\(dialect.name) must be a name, or a list of a name and a layout")
        }
        guard let layout = AxisLayout(text) else { throw fields.error("\(CheckpointError.quoted(text)) is no layout") }
        return KeyMap.Entry(pattern: try pattern(name, dialect, fields), layout: layout)
    }

    private func derived(
        _ original: KeyMap.Entry, _ likeness: Likeness, _ dialect: KeyMap.Dialect, _ fields: KeyMapFields
    ) throws(KeyMapError) -> KeyMap.Entry {
        var text = original.pattern.text
        for (old, new) in likeness.replacements { text = Self.replacing(old, by: new, in: text) }
        return KeyMap.Entry(pattern: try pattern(text, dialect, fields), layout: original.layout)
    }

    private static func replacing(_ old: String, by new: String, in text: String) -> String {
        var result = ""
        var rest = text[...]
        while !rest.isEmpty {
            if rest.hasPrefix(old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    private func pattern(
        _ text: String, _ dialect: KeyMap.Dialect, _ fields: KeyMapFields
    ) throws(KeyMapError) -> NamePattern {
        guard !text.isEmpty, let pattern = NamePattern(text, hasBase: dialect.base != nil) else {
            throw fields.error("\(CheckpointError.quoted(text)) is no pattern for names in \(dialect.name)")
        }
        return pattern
    }
}
