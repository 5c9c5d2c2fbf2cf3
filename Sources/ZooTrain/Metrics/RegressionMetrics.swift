/// Rows whose number is known and was estimated.
public struct EstimatedRows: Sendable, Hashable {
    /// The true numbers.
    public let truth: [Double]
    /// The estimates.
    public let estimated: [Double]

    /// Gathers rows.
    public init(truth: [Double], estimated: [Double]) {
        precondition(truth.count == estimated.count, "\(truth.count) numbers and \(estimated.count) estimates")
        self.truth = truth
        self.estimated = estimated
    }

    /// Number of rows.
    public var count: Int { truth.count }
}

/// The metrics of a regression, all in one list.
public enum RegressionMetrics {
    /// In the order in which they are shown.
    public static let all: [Metric<EstimatedRows>] = [meanSquaredError, pearson, spearman]

    static let meanSquaredError = Metric<EstimatedRows>("mse", isHigherBetter: false) { rows, multiplicity in
        var (sum, total) = (0.0, 0.0)
        for row in 0..<rows.count {
            let error = rows.estimated[row] - rows.truth[row]
            sum += Double(multiplicity[row]) * error * error
            total += Double(multiplicity[row])
        }
        return total == 0 ? nil : sum / total
    }

    /// Pearson's correlation; not defined when either side is constant.
    static let pearson = Metric<EstimatedRows>("pearson") { rows, multiplicity in
        correlation(rows.truth, rows.estimated, multiplicity)
    }

    /// Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of their ranks.
    static let spearman = Metric<EstimatedRows>("spearman") { rows, multiplicity in
        correlation(ranks(rows.truth, multiplicity), ranks(rows.estimated, multiplicity), multiplicity)
    }

    private static func correlation(_ left: [Double], _ right: [Double], _ multiplicity: [Int32]) -> Double? {
        let weights = multiplicity.map(Double.init)
        let total = weights.reduce(0, +)
        guard total > 0 else { return nil }
        func mean(_ values: [Double]) -> Double { zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / total }
        let (leftMean, rightMean) = (mean(left), mean(right))
        var (product, leftSquare, rightSquare) = (0.0, 0.0, 0.0)
        for row in left.indices {
            let (x, y) = (left[row] - leftMean, right[row] - rightMean)
            product += weights[row] * x * y
            leftSquare += weights[row] * x * x
            rightSquare += weights[row] * y * y
        }
        let scale = (leftSquare * rightSquare).squareRoot()
        return scale == 0 ? nil : product / scale
    }

    private static func ranks(_ values: [Double], _ multiplicity: [Int32]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var ranks = [Double](repeating: 0, count: values.count)
        var (first, before) = (0, 0.0)
        while first < order.count {
            let last = order[first...].lastIndex { values[$0] == values[order[first]] } ?? first
            let ties = order[first...last].reduce(0.0) { $0 + Double(multiplicity[$1]) }
            for index in order[first...last] { ranks[index] = before + (ties + 1) / 2 }
            before += ties
            first = last + 1
        }
        return ranks
    }
}
