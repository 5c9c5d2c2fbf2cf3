#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The metrics of a classification, all in one list.
public enum ClassificationMetrics {
    /// In the order in which they are shown.
    public static let all: [Metric<ClassifiedRows>] = [
        accuracy, macroPrecision, macroRecall, macroF1, weightedPrecision, weightedRecall, weightedF1, mcc, logLoss,
        calibrationError,
    ]

    static let accuracy = Metric<ClassifiedRows>("accuracy") { rows, multiplicity in
        let matrix = ConfusionMatrix(rows, multiplicity)
        return matrix.total == 0 ? nil : Double(matrix.right) / Double(matrix.total)
    }

    static let macroPrecision = macro("macroPrecision") { $0.precision }
    static let macroRecall = macro("macroRecall") { $0.recall }
    static let macroF1 = macro("macroF1") { $0.f1 }
    static let weightedPrecision = weighted("weightedPrecision") { $0.precision }
    static let weightedRecall = weighted("weightedRecall") { $0.recall }
    static let weightedF1 = weighted("weightedF1") { $0.f1 }

    /// The mean over the classes that occur.
    private static func macro(_ name: String, _ part: @escaping @Sendable (ClassScore) -> Double)
        -> Metric<ClassifiedRows>
    {
        Metric(name) { rows, multiplicity in
            let scores = ConfusionMatrix(rows, multiplicity).scores.filter(\.isPresent)
            return scores.isEmpty ? nil : scores.reduce(0) { $0 + part($1) } / Double(scores.count)
        }
    }

    /// The mean over the rows, each counting for its true class.
    private static func weighted(_ name: String, _ part: @escaping @Sendable (ClassScore) -> Double)
        -> Metric<ClassifiedRows>
    {
        Metric(name) { rows, multiplicity in
            let scores = ConfusionMatrix(rows, multiplicity).scores
            let total = scores.reduce(0) { $0 + $1.support }
            guard total > 0 else { return nil }
            return scores.reduce(0) { $0 + part($1) * Double($1.support) } / Double(total)
        }
    }

    /// Matthews' correlation for any number of classes (Gorodkin 2004); 0 when truth or prediction has one class only.
    static let mcc = Metric<ClassifiedRows>("mcc") { rows, multiplicity in
        let matrix = ConfusionMatrix(rows, multiplicity)
        let total = Double(matrix.total)
        guard total > 0 else { return nil }
        let (truth, predicted) = (matrix.support.map(Double.init), matrix.predicted.map(Double.init))
        let covariance = Double(matrix.right) * total - zip(truth, predicted).reduce(0) { $0 + $1.0 * $1.1 }
        let spread = { (counts: [Double]) in total * total - counts.reduce(0) { $0 + $1 * $1 } }
        let scale = (spread(truth) * spread(predicted)).squareRoot()
        return scale == 0 ? 0 : covariance / scale
    }

    /// Mean of -ln p of the true class; p is at least 2.2e-16.
    static let logLoss = Metric<ClassifiedRows>("logLoss", isHigherBetter: false) { rows, multiplicity in
        var (sum, total) = (0.0, 0.0)
        for row in 0..<rows.count where multiplicity[row] > 0 {
            let probability = rows.probabilities[row * rows.labels.count + rows.truth[row]]
            sum -= Double(multiplicity[row]) * log(max(probability, .ulpOfOne))
            total += Double(multiplicity[row])
        }
        return total == 0 ? nil : sum / total
    }

    /// Expected calibration error (Guo and others 2017): the mean distance between confidence and accuracy over 15 bins of
    /// equal width, (0, 1/15], …, (14/15, 1], weighted by rows.
    static let calibrationError = Metric<ClassifiedRows>("calibrationError", isHigherBetter: false) {
        rows, multiplicity in
        var (confidence, right) = ([Double](repeating: 0, count: 15), [Double](repeating: 0, count: 15))
        var total = 0.0
        for row in 0..<rows.count where multiplicity[row] > 0 {
            let bin = min(14, max(0, Int((rows.confidence(row) * 15).rounded(.up)) - 1))
            confidence[bin] += Double(multiplicity[row]) * rows.confidence(row)
            right[bin] += rows.isRight(row) ? Double(multiplicity[row]) : 0
            total += Double(multiplicity[row])
        }
        return total == 0 ? nil : zip(confidence, right).reduce(0) { $0 + abs($1.0 - $1.1) } / total
    }
}
