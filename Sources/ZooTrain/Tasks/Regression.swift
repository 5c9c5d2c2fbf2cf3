public import ZooTensor

/// One number a text: mean squared error.
public struct Regression: TaskDefinition {
    /// The name in the catalogue.
    public static let kind = "regression"
    /// The name of the number.
    public let labels: [String]
    /// The metric that chooses the best epoch.
    public let defaultMetric = "pearson"

    /// A task with these labels.
    public init(labels: [String]) {
        precondition(labels.count == 1, "a regression with the labels \(labels)")
        self.labels = labels
    }

    /// Those of its list of metrics.
    public var metricNames: [String] { RegressionMetrics.all.map(\.name) }

    /// Whether more is better.
    public func isHigherBetter(_ name: String) -> Bool {
        RegressionMetrics.all.first { $0.name == name }?.isHigherBetter ?? true
    }

    /// None: classes have weights, numbers have not.
    public func lossOptions(_ recipe: Recipe, targets: [Target]) throws(TrainError) -> CrossEntropyOptions {
        guard recipe.classWeights == .none else { throw .classWeightCount(expected: 0, found: 1) }
        return CrossEntropyOptions()
    }

    /// Their number.
    public func weight(of targets: [Target], _ options: CrossEntropyOptions) -> Double { Double(targets.count) }

    /// The part of the mean loss due to these rows.
    public func loss(
        _ logits: Tensor, _ targets: [Target], _ options: CrossEntropyOptions, total: Double, _ pass: Pass
    ) -> Double {
        precondition(targets.count == logits.rows, "\(targets.count) targets for \(logits.rows) rows")
        return pass.squaredError(logits, total: Int(total)) { Float(targets[$0].value ?? 0) }
    }

    private func rows(_ logits: [[Float]], _ targets: [Target]) -> EstimatedRows {
        EstimatedRows(truth: targets.map { $0.value ?? 0 }, estimated: logits.map { Double($0[0]) })
    }

    /// One metric of these outputs.
    public func value(of name: String, logits: [[Float]], targets: [Target]) -> Double? {
        RegressionMetrics.all.first { $0.name == name }?
            .value(rows(logits, targets), [Int32](repeating: 1, count: targets.count))
    }

    /// All metrics with their intervals.
    public func measure(logits: [[Float]], targets: [Target], bootstrap: Bootstrap) -> [MeasuredMetric] {
        bootstrap.measure(RegressionMetrics.all, rows(logits, targets), rowCount: targets.count)
    }
}
