/// Whether one classifier is better than another on the same rows.
public struct PairedComparison: Sendable, Hashable {
    /// The metric compared.
    public let metric: String
    /// Second minus first, with its 95 % interval from resamples that draw the same rows for both.
    public let difference: MeasuredMetric
    /// Two-sided p of McNemar's exact test.
    public let mcNemarP: Double
    /// Rows that only the second gets right.
    public let fixed: [Int]
    /// Rows that only the first gets right.
    public let broken: [Int]
    /// The conclusion.
    public let verdict: Verdict

    /// What the rows say.
    public enum Verdict: String, Sendable, Hashable {
        /// The interval holds 0, or p is 0.05 or more.
        case noEvidence
        /// The first is better.
        case firstIsBetter
        /// The second is better.
        case secondIsBetter
    }

    /// Compares two predictions of the same rows by `metric`.
    public init(
        _ first: ClassifiedRows, _ second: ClassifiedRows, metric: Metric<ClassifiedRows>,
        bootstrap: Bootstrap = Bootstrap()
    ) {
        precondition(first.truth == second.truth, "predictions of different rows")
        let difference = { (multiplicity: [Int32]) -> Double? in
            guard let before = metric.value(first, multiplicity), let after = metric.value(second, multiplicity)
            else { return nil }
            return after - before
        }
        let value = difference([Int32](repeating: 1, count: first.count)) ?? 0
        let interval = bootstrap.intervals(rowCount: first.count) { [difference($0)] }[0]
        self.metric = metric.name
        self.difference = MeasuredMetric(name: metric.name, value: value, interval: interval)
        let changed = (0..<first.count).filter { first.isRight($0) != second.isRight($0) }
        fixed = changed.filter(second.isRight)
        broken = changed.filter(first.isRight)
        mcNemarP = McNemar.exactP(fixed: fixed.count, broken: broken.count)
        let holdsZero = interval.map { $0.contains(0) } ?? true
        if holdsZero || mcNemarP >= 0.05 || value == 0 {
            verdict = .noEvidence
        } else {
            verdict = (value > 0) == metric.isHigherBetter ? .secondIsBetter : .firstIsBetter
        }
    }

    /// The conclusion in words, about versions called `first` and `second`.
    public func text(first: String, second: String) -> String {
        switch verdict {
        case .noEvidence: "no evidence of a difference between \(first) and \(second)"
        case .firstIsBetter: "\(first) is better than \(second)"
        case .secondIsBetter: "\(second) is better than \(first)"
        }
    }
}
