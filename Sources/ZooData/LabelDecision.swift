import ZooBase

extension LabelMapping {
    /// Decides what the labels found in training data mean.
    ///
    /// - Parameters:
    ///   - found: the labels and how many rows have each.
    ///   - sets: the label sets of the task; none for plain classification, whose labels are what they are.
    ///   - asked: the text of `--labels`, as in `negative=1,positive=2`; it decides alone.
    /// - Throws: `DataError`: one class only, labels that fit none of the sets or more than one reading of them.
    public static func decide(
        found: [(label: String, rows: Int)], sets: [LabelSet], asked: String? = nil
    ) throws(DataError) -> LabelMapping {
        let rows = found.reduce(0) { $0 + $1.rows }
        let spellings = found.map(\.label)
        let mapping: LabelMapping
        if let asked {
            mapping = try parse(asked, sets: sets)
            if !sets.isEmpty { try check(mapping, asked, known: sets.map(\.labels)) }
            let unknown = spellings.filter { mapping.number(of: $0) == nil }
            guard unknown.isEmpty else {
                throw .foreignLabels(found: unknown, known: [mapping.description], example: example(sets, spellings))
            }
        } else if sets.isEmpty {
            guard found.count <= 20 || found.count * 2 <= rows else {
                throw .tooManyLabels(labels: found.count, rows: rows)
            }
            mapping = LabelMapping(generic: spellings)
        } else {
            guard Set(spellings.map(fold)).count > 1 else {
                throw .singleClass(label: spellings.first ?? "", rows: rows)
            }
            mapping = try fit(spellings, sets)
        }
        guard Set(spellings.compactMap(mapping.number)).count > 1 else {
            throw .singleClass(label: spellings.first ?? "", rows: rows)
        }
        return mapping
    }

    /// The one reading of `found`.
    ///
    /// A set of numbers must be there in full: the numbers 1 and 2 may be two of three classes, two of five stars, or
    /// two classes counted from one. Words may be a part of their set.
    private static func fit(_ found: [String], _ sets: [LabelSet]) throws(DataError) -> LabelMapping {
        let folded = Set(found.map(fold))
        var whole: [LabelMapping] = []
        var partial: [LabelMapping] = []
        for set in sets {
            for reading in set.readings {
                let spelled = Set(reading.spellings.map { fold($0.text) })
                guard folded.isSubset(of: spelled) else { continue }
                let entries = found.compactMap { spelling in
                    reading.spellings.first { fold($0.text) == fold(spelling) }
                        .map { Entry(spelling: spelling, label: $0.label) }
                }
                let texts = reading.spellings.map(\.text).joined(separator: ", ")
                let mapping = LabelMapping(
                    labels: set.labels, entries: entries, reason: "label set \"\(set.name)\" spelled \(texts)")
                let isSeen = (whole + partial).contains { $0.labels == set.labels && $0.entries == mapping.entries }
                if isSeen { continue }
                if folded == spelled { whole.append(mapping) } else { partial.append(mapping) }
            }
        }
        let isNumeric = found.allSatisfy { Double($0) != nil }
        let candidates = whole.isEmpty ? partial : whole
        guard let first = candidates.first else {
            throw .foreignLabels(
                found: found, known: sets.map { $0.labels.joined(separator: ", ") }, example: example(sets, found))
        }
        guard candidates.count == 1, !whole.isEmpty || !isNumeric else {
            var readings = candidates.map { "\($0.description) of \($0.labels.count) classes" }
            // Numbers may as well count the classes of a set of their size.
            if whole.isEmpty, isNumeric, let counted = sets.first(where: { $0.labels.count == found.count }) {
                readings.append(zip(order(found), counted.labels).map { "\($0) → \($1)" }.joined(separator: ", "))
            }
            throw .ambiguousLabels(found: found, readings: readings, example: example(sets, found))
        }
        return first
    }

    /// Reads the text of `--labels` for a model that has `labels`; a part of them will do.
    ///
    /// - Throws: `DataError.invalidLabelMapping`.
    public init(asked text: String, among labels: [String]) throws(DataError) {
        let mapping = try Self.parse(text, sets: [])
        try Self.check(mapping, text, known: [labels])
        self = mapping.renamed(to: labels)
    }

    /// Throws unless the names on the left are labels of one of the sets.
    private static func check(_ mapping: LabelMapping, _ text: String, known: [[String]]) throws(DataError) {
        guard !known.contains(where: { Set(mapping.labels).isSubset(of: $0) }) else { return }
        let foreign = mapping.labels.filter { name in !known.contains { $0.contains(name) } }
        let sets = known.map { $0.joined(separator: ", ") }.joined(separator: "; or ")
        throw .invalidLabelMapping(
            text,
            problem: "\((foreign.isEmpty ? mapping.labels : foreign).joined(separator: ", ")): the labels are \(sets)")
    }

    /// Reads `negative=1,positive=2`; a name given twice has two spellings.
    ///
    /// Labels that are those of a known set keep that set's order; otherwise the order is that of their first mention.
    static func parse(_ text: String, sets: [LabelSet]) throws(DataError) -> LabelMapping {
        var names: [String] = []
        var pairs: [(name: String, spelling: String)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = ColumnGuess.trim(String(sides[0]))
            let spelling = sides.count == 2 ? ColumnGuess.trim(String(sides[1])) : ""
            guard !name.isEmpty, !spelling.isEmpty else {
                throw .invalidLabelMapping(text, problem: "\"\(part)\" is no NAME=VALUE")
            }
            if let earlier = pairs.first(where: { fold($0.spelling) == fold(spelling) }), earlier.name != name {
                throw .invalidLabelMapping(text, problem: "\"\(spelling)\" is given two meanings")
            }
            if !names.contains(name) { names.append(name) }
            pairs.append((name, spelling))
        }
        if let known = sets.first(where: { Set($0.labels) == Set(names) }) { names = known.labels }
        return LabelMapping(
            labels: names,
            entries: pairs.compactMap { pair in
                names.firstIndex(of: pair.name).map { Entry(spelling: pair.spelling, label: $0) }
            }, reason: "as asked")
    }

    /// A flag that would settle it, with the labels found filled in as far as anything speaks for it; the rest is dots.
    private static func example(_ sets: [LabelSet], _ found: [String]) -> String {
        guard let set = sets.first(where: { $0.labels.count == found.count }) else {
            let names = sets.first?.labels ?? ["first", "second"]
            return "--labels '\(names.map { "\($0)=…" }.joined(separator: ","))'"
        }
        var spellings = [String?](repeating: nil, count: set.labels.count)
        var rest: [String] = []
        if found.allSatisfy({ Double($0) != nil }) {
            spellings = order(found)
        } else {
            for spelling in order(found) {
                if let place = meaning(of: spelling, sets).flatMap({ set.labels.firstIndex(of: $0) }),
                    spellings[place] == nil
                {
                    spellings[place] = spelling
                } else {
                    rest.append(spelling)
                }
            }
            if rest.count == 1, let place = spellings.firstIndex(of: nil) { spellings[place] = rest[0] }
        }
        let pairs = zip(set.labels, spellings).map { "\($0)=\($1 ?? "…")" }
        return "--labels '\(pairs.joined(separator: ","))'"
    }

    /// The label that a word spells wherever it is known; nil for numbers, which mean something in their set alone.
    private static func meaning(of word: String, _ sets: [LabelSet]) -> String? {
        guard Double(word) == nil else { return nil }
        let labels = sets.flatMap { set in
            set.readings.flatMap(\.spellings).filter { fold($0.text) == fold(word) }.map { set.labels[$0.label] }
        }
        return Set(labels).count == 1 ? labels.first : nil
    }
}
