/// The labels a task knows, in the order of their numbers, with the ways in which data may spell them.
///
/// Spellings belong to whole sets: "1" alone means nothing, "1" beside "0" does.
public struct LabelSet: Sendable, Hashable {
    /// One way to spell a whole set of labels.
    public struct Alias: Sendable, Hashable {
        /// A spelling and the label it stands for; several may stand for one (stars 4 and 5 for "positive").
        public let spellings: [Spelling]

        /// Makes an alias.
        public init(_ spellings: [Spelling]) { self.spellings = spellings }
    }
    /// How data spells a label.
    public struct Spelling: Sendable, Hashable {
        /// As in the data; compared without case.
        public let text: String
        /// The number of the label.
        public let label: Int

        /// Makes a spelling.
        public init(_ text: String, label: Int) {
            self.text = text
            self.label = label
        }
    }

    /// The name, for people: `two classes`.
    public let name: String
    /// The labels; their index is their number.
    public let labels: [String]
    /// How data may spell them, besides by their names.
    public let aliases: [Alias]

    /// Makes a set.
    public init(name: String, labels: [String], aliases: [Alias]) {
        self.name = name
        self.labels = labels
        self.aliases = aliases
    }

    /// Makes a set whose aliases spell each label once, in the labels' order; traps when one has another length.
    public init(name: String, labels: [String], spelledAs aliases: [[String]] = []) {
        self.init(
            name: name, labels: labels,
            aliases: aliases.map { alias in
                precondition(alias.count == labels.count, "an alias of \(name) has \(alias.count) spellings")
                return Alias(alias.enumerated().map { Spelling($1, label: $0) })
            })
    }

    /// The names themselves and the aliases.
    var readings: [Alias] { [Alias(labels.enumerated().map { Spelling($1, label: $0) })] + aliases }
}
