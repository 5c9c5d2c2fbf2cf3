import ArgumentParser
import ZooBase

/// The keys of a recipe as options; what is not given comes from the recipe file or the task's recipe.
struct RecipeOptions: ParsableArguments {
    @Option(help: "A recipe file (YAML) with the same names as these options.", completion: .file())
    var recipe: String?
    @Option(parsing: .unconditional, help: "Passes over the training rows.") var epochs: Int?
    @Option(parsing: .unconditional, help: "Rows of a batch.") var batchSize: Int?
    @Option(parsing: .unconditional, help: "Batches whose gradients make one step.") var accumulate: Int?
    @Option(parsing: .unconditional, help: "Peak learning rate.") var lr: Double?
    @Option(parsing: .unconditional, help: "AdamW's decoupled weight decay.") var weightDecay: Double?
    @Option(
        parsing: .unconditional,
        help: "Share of the steps (below 1) or number of steps over which the learning rate rises.")
    var warmup: Double?
    @Option(help: "linear, cosine or constant.") var schedule: String?
    @Option(parsing: .unconditional, help: "Dropout probability (default: the model's own).") var dropout: Double?
    @Option(parsing: .unconditional, help: "Tokens after which a row is cut.") var maxLength: Int?
    @Option(parsing: .unconditional, help: "Seed of everything random.") var seed: Int?
    @Option(help: "What stays as it is: none, embeddings, all, or the number of layers from the bottom.")
    var freeze: String?
    @Option(parsing: .unconditional, help: "Learning rate of the head (default: that of the rest).") var headLr: Double?
    @Option(help: "balanced, none, or one weight a label: 1,2,1.") var classWeights: String?
    @Option(parsing: .unconditional, help: "Share of the target spread over all labels.") var labelSmoothing: Double?
    @Option(parsing: .unconditional, help: "Stop after this many evaluations without a better metric.")
    var earlyStopping: Int?
    @Option(help: "The metric that decides which epoch is best.") var metric: String?
    @Option(help: "Of the matrix products: f32 or bf16.") var precision: String?
    @Option(help: "Element type in which trained tensors are kept: f32, f16 or bf16.") var saveDtype: String?
    @Option(
        parsing: .unconditional,
        help: "What a teacher's and the model's logits are divided by before they are compared (default: 2).")
    var temperature: Double?
    @Option(parsing: .unconditional, help: "Share of the loss due to a teacher's soft labels (default: 0.5).")
    var distillationWeight: Double?
    @Option(
        parsing: .unconditional,
        help: "How much the distance from a teacher's hidden states counts (default: 1 where the shapes fit).")
    var hiddenWeight: Double?

    /// An option that was given and has no meaning without a teacher.
    var teacherOption: String? {
        if temperature != nil { return "--temperature" }
        if distillationWeight != nil { return "--distillation-weight" }
        return hiddenWeight == nil ? nil : "--hidden-weight"
    }

    var overrides: [JSONMember] {
        var members: [JSONMember] = []
        func add(_ name: String, _ value: JSON?) { if let value { members.append(JSONMember(name, value)) } }
        func add(_ name: String, _ value: Int?) { add(name, value.map { JSON.integer($0) }) }
        func add(_ name: String, _ value: Double?) { add(name, value.map { JSON.number($0) }) }
        func add(_ name: String, _ value: String?) { add(name, value.map { JSON.string($0) }) }
        add("epochs", epochs)
        add("batchSize", batchSize)
        add("accumulate", accumulate)
        add("lr", lr)
        add("weightDecay", weightDecay)
        add("warmup", warmup)
        add("schedule", schedule)
        add("dropout", dropout)
        add("maxLength", maxLength)
        add("seed", seed)
        add("freeze", freeze)
        add("headLr", headLr)
        add("classWeights", classWeights)
        add("labelSmoothing", labelSmoothing)
        add("earlyStopping", earlyStopping)
        add("metric", metric)
        add("precision", precision)
        add("saveDtype", saveDtype)
        add("temperature", temperature)
        add("distillationWeight", distillationWeight)
        add("hiddenWeight", hiddenWeight)
        return members
    }
}
