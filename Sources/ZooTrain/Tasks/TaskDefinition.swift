public import ZooTensor

/// A kind of task: what its head puts out, how wrong that is, and how well the whole does.
public protocol TaskDefinition: Sendable {
    /// The name in the catalogue's task files.
    static var kind: String { get }
    /// Whether the softmax of the outputs of a row is what a teacher can say about it.
    static var hasSoftLabels: Bool { get }

    /// A task with these classes; a regression has one label, the name of its number.
    init(labels: [String])

    /// The classes, or the name of the number.
    var labels: [String] { get }
    /// The metrics it has, in the order in which they are shown.
    var metricNames: [String] { get }
    /// The metric that chooses the best epoch when nothing else is said.
    var defaultMetric: String { get }
    /// Whether more is better of the metric `name`.
    func isHigherBetter(_ name: String) -> Bool

    /// The options of the loss for training on `targets`.
    ///
    /// - Throws: `TrainError` when the recipe does not fit the labels.
    func lossOptions(_ recipe: Recipe, targets: [Target]) throws(TrainError) -> CrossEntropyOptions
    /// What the mean loss of rows with these targets divides by: their number, or their classes' weights together.
    func weight(of targets: [Target], _ options: CrossEntropyOptions) -> Double
    /// The part of a step's mean loss that is due to logits [rows, outputs]; `total` is the weight of all its rows.
    func loss(
        _ logits: Tensor, _ targets: [Target], _ options: CrossEntropyOptions, total: Double, _ pass: Pass
    ) -> Double
    /// The metric `name` of these outputs; nil when it is not defined.
    func value(of name: String, logits: [[Float]], targets: [Target]) -> Double?
    /// All metrics of these outputs with their intervals; those that are not defined are left out.
    func measure(logits: [[Float]], targets: [Target], bootstrap: Bootstrap) -> [MeasuredMetric]
}

extension TaskDefinition {
    /// Not unless a task says so.
    public static var hasSoftLabels: Bool { false }

    /// Numbers the head puts out for each row.
    public var outputCount: Int { labels.count }

    /// The metric that `recipe` chooses the best epoch by.
    ///
    /// - Throws: `TrainError.unknownMetric`.
    public func metric(_ recipe: Recipe) throws(TrainError) -> String {
        guard let name = recipe.metric else { return defaultMetric }
        guard metricNames.contains(name) else { throw .unknownMetric(name: name, known: metricNames) }
        return name
    }
}
