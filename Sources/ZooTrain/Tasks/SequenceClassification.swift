public import ZooTensor

/// One class a text: softmax cross-entropy over the classes.
public struct SequenceClassification: TaskDefinition {
    public static let kind = "sequence-classification"
    public let labels: [String]
    public let defaultMetric = "accuracy"

    public init(labels: [String]) {
        precondition(labels.count > 1, "a classification with the labels \(labels)")
        self.labels = labels
    }

    public var metricNames: [String] { ClassificationMetrics.all.map(\.name) }

    public func isHigherBetter(_ name: String) -> Bool {
        ClassificationMetrics.all.first { $0.name == name }?.isHigherBetter ?? true
    }

    public func lossOptions(_ recipe: Recipe, targets: [Target]) throws(TrainError) -> CrossEntropyOptions {
        var counts = [Int](repeating: 0, count: labels.count)
        for target in targets.compactMap(\.label) { counts[target] += 1 }
        return CrossEntropyOptions(
            classWeights: try recipe.classWeights.weights(counts: counts), smoothing: Float(recipe.labelSmoothing))
    }

    public func loss(_ logits: Tensor, _ targets: [Target], _ options: CrossEntropyOptions, _ pass: Pass) -> Double {
        pass.crossEntropy(logits, labels: targets.map { Int32($0.label ?? -100) }, options)
    }

    /// The outputs as judged rows.
    public func rows(logits: [[Float]], targets: [Target]) -> ClassifiedRows {
        ClassifiedRows(
            labels: labels, truth: targets.map { $0.label ?? 0 },
            probabilities: logits.flatMap { Softmax.probabilities($0) })
    }

    public func value(of name: String, logits: [[Float]], targets: [Target]) -> Double? {
        ClassificationMetrics.all.first { $0.name == name }?
            .value(rows(logits: logits, targets: targets), [Int32](repeating: 1, count: targets.count))
    }

    public func measure(logits: [[Float]], targets: [Target], bootstrap: Bootstrap) -> [MeasuredMetric] {
        bootstrap.measure(
            ClassificationMetrics.all, rows(logits: logits, targets: targets), rowCount: targets.count)
    }
}
