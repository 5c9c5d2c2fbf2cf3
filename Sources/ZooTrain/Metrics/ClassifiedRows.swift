/// Rows whose class is known and was predicted.
public struct ClassifiedRows: Sendable, Hashable {
    /// The classes, in the order of their indices.
    public let labels: [String]
    /// The true class of each row.
    public let truth: [Int]
    /// The predicted class of each row: the most probable one, the first of equals.
    public let predicted: [Int]
    /// The probability of each class, row by row.
    public let probabilities: [Double]

    /// Gathers rows; `probabilities` has `labels.count` elements a row.
    public init(labels: [String], truth: [Int], probabilities: [Double]) {
        precondition(probabilities.count == truth.count * labels.count, "not one probability a row and class")
        precondition(truth.allSatisfy(labels.indices.contains), "a class without a label")
        self.labels = labels
        self.truth = truth
        self.probabilities = probabilities
        predicted = truth.indices.map { row in
            let first = row * labels.count
            return labels.indices.dropFirst().reduce(0) {
                probabilities[first + $1] > probabilities[first + $0] ? $1 : $0
            }
        }
    }

    /// Number of rows.
    public var count: Int { truth.count }

    /// Whether `row` was predicted right.
    public func isRight(_ row: Int) -> Bool { truth[row] == predicted[row] }

    /// The probability given to the predicted class of `row`.
    public func confidence(_ row: Int) -> Double { probabilities[row * labels.count + predicted[row]] }
}

/// How often each class was predicted as each: rows are true classes, columns predicted ones.
public struct ConfusionMatrix: Sendable, Hashable {
    /// Counts, `[true][predicted]`.
    public let counts: [[Int]]

    /// Counts `rows`, each as often as `multiplicity` says, or once.
    public init(_ rows: ClassifiedRows, _ multiplicity: [Int32]? = nil) {
        let size = rows.labels.count
        var flat = [Int](repeating: 0, count: size * size)
        for row in 0..<rows.count {
            flat[rows.truth[row] * size + rows.predicted[row]] += multiplicity.map { Int($0[row]) } ?? 1
        }
        counts = (0..<size).map { Array(flat[$0 * size..<($0 + 1) * size]) }
    }

    /// All rows.
    public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
    /// Rows predicted right.
    public var right: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
    /// Rows of each true class.
    public var support: [Int] { counts.map { $0.reduce(0, +) } }
    /// Rows predicted as each class.
    public var predicted: [Int] { counts.indices.map { column in counts.reduce(0) { $0 + $1[column] } } }

    /// Precision, recall and F1 of each class; a ratio without cases is 0.
    public var scores: [ClassScore] {
        let (support, predicted) = (support, predicted)
        return counts.indices.map { index in
            let hits = Double(counts[index][index])
            func ratio(_ cases: Double) -> Double { cases == 0 ? 0 : hits / cases }
            return ClassScore(
                precision: ratio(Double(predicted[index])), recall: ratio(Double(support[index])),
                f1: ratio(Double(predicted[index] + support[index]) / 2), support: support[index],
                isPresent: predicted[index] + support[index] > 0)
        }
    }
}

/// How well one class is found.
public struct ClassScore: Sendable, Hashable {
    /// Of the rows predicted so, the share that are.
    public let precision: Double
    /// Of the rows that are so, the share predicted.
    public let recall: Double
    /// Harmonic mean of the two.
    public let f1: Double
    /// Rows that are so.
    public let support: Int
    /// Whether any row is or was predicted so; others do not count in a macro average.
    public let isPresent: Bool
}
