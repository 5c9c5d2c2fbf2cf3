/// The classes of a task, and the ways in which people spell them.
public struct LabelSet: Sendable, Hashable {
    /// What `--label-set` calls it.
    public let name: String
    /// The classes, in the order of their indices.
    public let labels: [String]
    /// Whole spellings: each lists one value a label, in the order of the labels.
    public let spellings: [[String]]

    /// The set and its first spelling, for messages: `two {negative, positive}`.
    public var title: String { "\(name) {\(labels.joined(separator: ", "))}" }
}

/// How the values of a label column are read.
public struct LabelReading: Sendable, Hashable {
    /// The classes they are read as.
    public let labelSet: LabelSet
    /// The spelling they follow: value `spelling[i]`, without regard to case, is class `i`.
    public let spelling: [String]
    /// Classes that no value stands for.
    public let absent: [String]

    /// The class that `value` stands for; nil when it stands for none.
    public func index(of value: String) -> Int? { spelling.firstIndex(of: Self.folded(value)) }

    /// `value` as it is compared: without surrounding spaces, in lower case.
    public static func folded(_ value: String) -> String {
        var scalars = value[...]
        while let first = scalars.first, first.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.isWhitespace { scalars.removeLast() }
        return scalars.lowercased()
    }
}

extension TaskDescription {
    /// Reads the values of a label column as one of the task's label sets.
    ///
    /// A spelling that has exactly the values found wins. Otherwise one whose words include them is taken when there is
    /// no other; numbers must be complete, because {1, 2} may be the beginning of several scales.
    ///
    /// - Parameter chosen: the name of the label set to use (`--label-set`); nil to find it.
    /// - Throws: `CatalogueError`: `unknownLabelSet`, `ambiguousLabels`, `unknownLabels`.
    public func reading(of values: some Sequence<String>, as chosen: String? = nil) throws(CatalogueError)
        -> LabelReading
    {
        let found = Set(values.map(LabelReading.folded))
        let sets = chosen.map { name in labelSets.filter { $0.name == name } } ?? labelSets
        guard !sets.isEmpty else {
            throw .unknownLabelSet(task: name, name: chosen ?? "", known: labelSets.map(\.name))
        }
        let candidates = sets.flatMap { set in
            set.spellings.filter { found.isSubset(of: $0) }.map { spelling in
                LabelReading(
                    labelSet: set, spelling: spelling,
                    absent: zip(set.labels, spelling).filter { !found.contains($1) }.map(\.0))
            }
        }
        let exact = candidates.filter(\.absent.isEmpty)
        let inWords = candidates.filter { $0.spelling.allSatisfy { Double($0) == nil } }
        let readings = exact.isEmpty ? (chosen == nil ? inWords : candidates) : exact
        if readings.count == 1 { return readings[0] }
        let sorted = found.sorted()
        guard candidates.isEmpty else {
            throw .ambiguousLabels(
                task: name, found: sorted,
                readings: candidates.map { "\($0.labelSet.title) spelled {\($0.spelling.joined(separator: ", "))}" })
        }
        throw .unknownLabels(task: name, found: sorted, readings: sets.map(\.title))
    }
}
