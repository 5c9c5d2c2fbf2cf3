/// Decides from the first rows whether there is a header and which columns hold text and label.
struct ColumnGuess {
    /// The columns and the number of fields a row has.
    struct Outcome {
        let columns: ColumnChoice
        let fieldCount: Int
    }

    static let textNames = [
        "text", "sentence", "review", "content", "comment", "document", "utterance", "question", "query", "message",
        "tweet", "body", "description", "review_text", "sentence1", "premise",
    ]
    static let labelNames = [
        "label", "labels", "sentiment", "target", "class", "category", "stars", "rating", "score", "intent",
        "polarity", "airline_sentiment", "y",
    ]

    /// The first rows, field by field; nil where a field has no value.
    let rows: [[String?]]
    let namesFromFormat: [String]?
    let options: DatasetOptions
    let path: String

    func decide() throws(DataError) -> Outcome {
        if let names = namesFromFormat {
            return try outcome(names: names, hasHeader: false, reason: "the format names its columns", data: rows[...])
        }
        let width = rows.first?.count ?? 0
        let (hasHeader, reason) = header()
        let names =
            hasHeader ? rows[0].map { Self.trim($0 ?? "") } : (0..<usualWidth(or: width)).map { "column \($0 + 1)" }
        return try outcome(
            names: names, hasHeader: hasHeader, reason: reason, data: hasHeader ? rows.dropFirst() : rows[...])
    }

    // MARK: Header

    private func header() -> (Bool, String) {
        if let asked = options.hasHeader { return (asked, "as asked") }
        guard let first = rows.first else { return (false, "no rows") }
        let cells = first.map { Self.trim($0 ?? "") }
        if let asked = [options.textColumn, options.labelColumn].compactMap(\.self).first(where: cells.contains) {
            return (true, "the first row holds the column asked for, \"\(asked)\"")
        }
        guard cells.allSatisfy({ Double($0) == nil }) else { return (false, "the first row holds numbers") }
        // A table written with its row numbers has no name above them.
        if let known = cells.first(where: { (Self.textNames + Self.labelNames).contains($0.lowercased()) }) {
            return (true, "the first row holds \"\(known)\"")
        }
        guard Set(cells).count == cells.count, !cells.contains("") else {
            return (false, "the first row holds empty fields or the same field twice")
        }
        let rest = rows.dropFirst()
        guard !rest.isEmpty, cells.allSatisfy({ $0.utf8.count <= 40 }) else {
            return (false, "the first row holds nothing that is a usual column name")
        }
        for index in cells.indices {
            let values = rest.compactMap { $0.indices.contains(index) ? $0[index] : nil }
            if !values.isEmpty, values.allSatisfy({ Double(Self.trim($0)) != nil }) {
                return (true, "\"\(cells[index])\" stands above numbers")
            }
            let distinct = Set(values.map(Self.trim))
            if values.count >= 10, distinct.count * 4 <= values.count, !distinct.contains(cells[index]) {
                return (true, "\"\(cells[index])\" is none of the values below it")
            }
        }
        return (false, "the first row looks like the rows below it")
    }

    /// The number of fields most rows have; without a header the first row may be the malformed one.
    private func usualWidth(or fallback: Int) -> Int {
        var counts: [Int: Int] = [:]
        for row in rows { counts[row.count, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? fallback
    }

    // MARK: Columns

    private func outcome(
        names: [String], hasHeader: Bool, reason: String, data: ArraySlice<[String?]>
    ) throws(DataError) -> Outcome {
        let statistics = names.indices.map { ColumnStatistics(data.lazy.filter { $0.count == names.count }, $0) }
        // The label goes first when it has a name: the text is then looked for among the others.
        var label: ColumnChoice.Column?
        if options.isLabelled { label = try named(.label, options.labelColumn, Self.labelNames, names) }
        var namedText = try named(.text, options.textColumn, Self.textNames, names)
        if let index = label?.index, namedText?.index == index {
            guard options.textColumn == nil else { throw .sameColumn(path: path, name: names[index]) }
            namedText = nil
        }
        let text: ColumnChoice.Column
        if let namedText { text = namedText } else { text = try longest(names, statistics, except: label?.index) }
        if options.isLabelled, label == nil { label = try fewest(names, statistics, except: text.index) }
        let choice = ColumnChoice(
            names: names, hasHeader: hasHeader, headerReason: reason, text: text, label: label)
        return Outcome(columns: choice, fieldCount: names.count)
    }

    private func named(
        _ purpose: ColumnPurpose, _ asked: String?, _ usual: [String], _ names: [String]
    ) throws(DataError) -> ColumnChoice.Column? {
        if let asked {
            let places = names.indices.filter { names[$0] == asked }
            guard places.count <= 1 else { throw .repeatedColumn(path: path, name: asked) }
            let position = Int(asked).flatMap { names.indices.contains($0 - 1) ? $0 - 1 : nil }
            guard let index = places.first ?? position else {
                throw .missingColumn(path: path, name: asked, candidates: names)
            }
            return .init(index: index, name: names[index], reason: "as asked")
        }
        let lowered = names.map { $0.lowercased() }
        guard let name = usual.first(where: lowered.contains) else { return nil }
        let places = lowered.indices.filter { lowered[$0] == name }
        guard places.count == 1 else { throw .repeatedColumn(path: path, name: names[places[0]]) }
        return .init(index: places[0], name: names[places[0]], reason: "by its name")
    }

    private func longest(
        _ names: [String], _ statistics: [ColumnStatistics], except label: Int?
    ) throws(DataError) -> ColumnChoice.Column {
        let candidates = names.indices.filter { $0 != label && statistics[$0].isText }
        guard let best = candidates.max(by: { (statistics[$0].meanLength, $1) < (statistics[$1].meanLength, $0) })
        else { throw .noColumn(path: path, purpose: .text, candidates: names) }
        let length = Int(statistics[best].meanLength.rounded())
        return .init(index: best, name: names[best], reason: "the longest values (\(length) characters on average)")
    }

    private func fewest(
        _ names: [String], _ statistics: [ColumnStatistics], except text: Int
    ) throws(DataError) -> ColumnChoice.Column {
        let others = names.indices.filter { $0 != text && statistics[$0].count > 0 }
        guard let first = others.first else { throw .noColumn(path: path, purpose: .label, candidates: names) }
        if others.count == 1, names.count == 2 {
            return .init(index: first, name: names[first], reason: "the other column")
        }
        // A label repeats; an identifier, a date or a price does not.
        let repeating = others.filter { index in
            statistics[index].distinct > 1 && statistics[index].distinct * 4 <= statistics[index].count
        }
        guard let best = repeating.first else { throw .noColumn(path: path, purpose: .label, candidates: names) }
        guard repeating.count == 1 else {
            throw .ambiguousColumn(path: path, purpose: .label, candidates: repeating.map { names[$0] })
        }
        let distinct = statistics[best].distinct
        return .init(
            index: best, name: names[best], reason: "few different values (\(distinct) in the first rows)")
    }

    static func trim(_ text: String) -> String {
        // Most have nothing to trim, and what is printable ASCII at both ends is no white space.
        if let first = text.utf8.first, let last = text.utf8.last, 0x21...0x7E ~= first, 0x21...0x7E ~= last {
            return text
        }
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}

/// What the values of one column look like.
struct ColumnStatistics {
    /// How many there are, and how many different ones.
    let count: Int
    let distinct: Int
    /// Characters on average.
    let meanLength: Double
    /// Whether most are no numbers.
    let isText: Bool

    init(_ rows: some Sequence<[String?]>, _ column: Int) {
        let values = rows.compactMap { $0[column] }
        count = values.count
        distinct = Set(values).count
        meanLength = Double(values.reduce(0) { $0 + $1.unicodeScalars.count }) / Double(max(values.count, 1))
        isText = values.filter { Double(ColumnGuess.trim($0)) == nil }.count * 2 > values.count
    }
}
