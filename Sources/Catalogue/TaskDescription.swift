internal import ZooBase

/// What a file of the catalogue says about a task.
public struct TaskDescription: Sendable, Hashable {
    /// The kinds of head and loss a task can have.
    public enum Kind: String, Sendable, CaseIterable {
        /// One class a text.
        case sequenceClassification = "sequence-classification"
        /// One number a text.
        case regression
    }

    /// A recipe and the bases it is for.
    public struct RecipeChoice: Sendable, Hashable {
        /// The recipe's name in the catalogue.
        public let name: String
        /// The largest number of layers of a base that it is for; nil for any.
        public let layersAtMost: Int?
    }

    /// What `--task` calls it.
    public let name: String
    /// Its head and loss.
    public let kind: Kind
    /// One line about it.
    public let summary: String
    /// The metric that chooses the best epoch.
    public let metric: String
    /// Its recipes, the first that fits a base being the one to use.
    public let recipes: [RecipeChoice]
    /// The label sets it knows; none means that the labels are what the data holds.
    public let labelSets: [LabelSet]
    /// Paths of its sample data in the catalogue; nil when it has none.
    public let samples: Samples?

    /// Sample data.
    public struct Samples: Sendable, Hashable {
        /// Rows to train on.
        public let train: String
        /// Rows to evaluate on.
        public let test: String
    }

    /// The name of the recipe for a base of `layers` layers.
    public func recipeName(layers: Int) -> String {
        recipes.first { $0.layersAtMost.map { layers <= $0 } ?? true }?.name ?? recipes[recipes.count - 1].name
    }

    init(_ json: JSON, file: String) throws(CatalogueError) {
        let fields = try Fields(
            json, file: file, allowed: ["name", "kind", "summary", "metric", "recipes", "labelSets", "samples"])
        name = try fields.string("name")
        guard let kind = Kind(rawValue: try fields.string("kind")) else {
            throw fields.wrong("kind", "one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.kind = kind
        summary = try fields.string("summary")
        metric = try fields.string("metric")
        var recipes: [RecipeChoice] = []
        for entry in try fields.list("recipes") {
            let choice = try Fields(entry, file: file, place: "recipes", allowed: ["name", "layersAtMost"])
            let limit = choice.optional("layersAtMost")
            guard limit == nil || limit?.integer != nil else { throw choice.wrong("layersAtMost", "an integer") }
            recipes.append(RecipeChoice(name: try choice.string("name"), layersAtMost: limit?.integer))
        }
        guard !recipes.isEmpty else { throw .missingKey(file: file, key: "recipes") }
        self.recipes = recipes
        var sets: [LabelSet] = []
        for entry in try fields.list("labelSets") { sets.append(try Self.labelSet(entry, file: file)) }
        labelSets = sets
        samples = try fields.optional("samples").map { json throws(CatalogueError) in
            let paths = try Fields(json, file: file, place: "samples", allowed: ["train", "test"])
            return Samples(train: try paths.string("train"), test: try paths.string("test"))
        }
    }

    private static func labelSet(_ json: JSON, file: String) throws(CatalogueError) -> LabelSet {
        let fields = try Fields(json, file: file, place: "labelSets", allowed: ["name", "labels", "spellings"])
        let labels = try fields.strings(try fields.required("labels"), "labels")
        var spellings: [[String]] = []
        for entry in try fields.list("spellings") {
            let spelling = try fields.strings(entry, "spellings")
            guard spelling.count == labels.count, Set(spelling).count == labels.count else {
                throw fields.wrong("spellings", "lists of \(labels.count) different values")
            }
            spellings.append(spelling)
        }
        return LabelSet(name: try fields.string("name"), labels: labels, spellings: spellings)
    }
}
