public import ZooTensor

/// One class a text: softmax cross-entropy over the classes.
public struct SequenceClassification: TaskDefinition {
    /// The name in the catalogue.
    public static let kind = "sequence-classification"
    /// It has: the shares of the classes.
    public static let hasSoftLabels = true
    /// The classes.
    public let labels: [String]
    /// The metric that chooses the best epoch.
    public let defaultMetric = "accuracy"

    /// A task with these labels.
    public init(labels: [String]) {
        precondition(labels.count > 1, "a classification with the labels \(labels)")
        self.labels = labels
    }

    /// Those of its list of metrics.
    public var metricNames: [String] { ClassificationMetrics.all.map(\.name) }

    /// Whether more is better.
    public func isHigherBetter(_ name: String) -> Bool {
        ClassificationMetrics.all.first { $0.name == name }?.isHigherBetter ?? true
    }

    /// Class weights and smoothing.
    public func lossOptions(_ recipe: Recipe, targets: [Target]) throws(TrainError) -> CrossEntropyOptions {
        var counts = [Int](repeating: 0, count: labels.count)
        for target in targets.compactMap(\.label) { counts[target] += 1 }
        return CrossEntropyOptions(
            classWeights: try recipe.classWeights.weights(counts: counts), smoothing: Float(recipe.labelSmoothing))
    }

    /// The weights of their classes together.
    public func weight(of targets: [Target], _ options: CrossEntropyOptions) -> Double {
        options.weight(rows: targets.count) { Self.label(targets[$0]) }
    }

    /// The part of the mean loss due to these rows.
    public func loss(
        _ logits: Tensor, _ targets: [Target], _ options: CrossEntropyOptions, total: Double, _ pass: Pass
    ) -> Double {
        precondition(targets.count == logits.rows, "\(targets.count) targets for \(logits.rows) rows")
        return pass.crossEntropy(logits, options, total: total) { Self.label(targets[$0]) }
    }

    private static func label(_ target: Target) -> Int32 { Int32(target.label ?? -100) }

    /// The outputs as judged rows.
    public func rows(logits: [[Float]], targets: [Target]) -> ClassifiedRows {
        ClassifiedRows(
            labels: labels, truth: targets.map { $0.label ?? 0 },
            probabilities: logits.flatMap { Softmax.probabilities($0) })
    }

    /// One metric of these outputs.
    public func value(of name: String, logits: [[Float]], targets: [Target]) -> Double? {
        ClassificationMetrics.all.first { $0.name == name }?
            .value(rows(logits: logits, targets: targets), [Int32](repeating: 1, count: targets.count))
    }

    /// All metrics with their intervals.
    public func measure(logits: [[Float]], targets: [Target], bootstrap: Bootstrap) -> [MeasuredMetric] {
        bootstrap.measure(
            ClassificationMetrics.all, rows(logits: logits, targets: targets), rowCount: targets.count)
    }
}
