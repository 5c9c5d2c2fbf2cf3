import Testing
import ZooTrain

/// Twelve rows of three classes.
///
/// The expected numbers were computed from the definitions with NumPy: ratios of counts, the correlation of one-hot
/// matrices (MCC), the mean of -ln p, and bins cut by comparison with their edges.
@Suite struct MetricTests {
    static let rows = ClassifiedRows(
        labels: ["negative", "neutral", "positive"], truth: [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2],
        probabilities: [
            0.49, 0.19, 0.32, 0.53, 0.03, 0.44, 0.79, 0.14, 0.07, 0.31, 0.33, 0.36, 0.06, 0.57, 0.37, 0.77, 0.2, 0.03,
            0.14, 0.18, 0.68, 0.04, 0.12, 0.84, 0.16, 0.31, 0.53, 0.02, 0.95, 0.03, 0.64, 0.27, 0.09, 0.28, 0.52, 0.2,
        ])

    static func value(_ name: String, _ multiplicity: [Int32]? = nil) -> Double? {
        ClassificationMetrics.all.first { $0.name == name }?
            .value(rows, multiplicity ?? [Int32](repeating: 1, count: 12))
    }

    @Test(arguments: [
        ("accuracy", 0.5), ("macroPrecision", 0.4777777777777778), ("macroRecall", 0.49444444444444446),
        ("macroF1", 0.4814814814814814), ("weightedPrecision", 0.4916666666666667), ("weightedRecall", 0.5),
        ("weightedF1", 0.4907407407407407), ("mcc", 0.2446808510638298), ("logLoss", 1.247888484333643),
        ("calibrationError", 0.3925),
    ])
    func itIsWhatTheDefinitionGives(name: String, expected: Double) throws {
        #expect(abs(try #require(Self.value(name)) - expected) < 1e-12)
    }

    @Test func theMatrixCountsTruthAgainstPrediction() {
        let matrix = ConfusionMatrix(Self.rows)
        #expect(matrix.counts == [[3, 0, 1], [1, 1, 1], [1, 2, 2]])
        #expect(matrix.scores.map(\.support) == [4, 3, 5])
        #expect(matrix.scores.map(\.precision) == [0.6, 1.0 / 3, 0.5])
    }

    @Test(arguments: ClassificationMetrics.all.map(\.name))
    func aRowThatCountsTwiceIsThereTwice(name: String) throws {
        let multiplicity: [Int32] = [2, 0, 1, 1, 3, 1, 1, 1, 0, 1, 2, 1]
        let picked = multiplicity.enumerated().flatMap { [Int](repeating: $0, count: Int($1)) }
        let repeated = ClassifiedRows(
            labels: Self.rows.labels, truth: picked.map { Self.rows.truth[$0] },
            probabilities: picked.flatMap { Self.rows.probabilities[$0 * 3..<$0 * 3 + 3] })
        let metric = try #require(ClassificationMetrics.all.first { $0.name == name })
        let direct = try #require(metric.value(repeated, [Int32](repeating: 1, count: picked.count)))
        #expect(abs(try #require(metric.value(Self.rows, multiplicity)) - direct) < 1e-12)
    }

    @Test func aClassThatDoesNotOccurDoesNotCount() {
        let rows = ClassifiedRows(
            labels: ["a", "b", "c"], truth: [0, 1], probabilities: [0.9, 0.1, 0, 0.2, 0.8, 0])
        let macro = ClassificationMetrics.all.first { $0.name == "macroF1" }
        #expect(macro?.value(rows, [1, 1]) == 1)
    }

    @Test func nothingIsDefinedWithoutRows() {
        for metric in ClassificationMetrics.all {
            #expect(metric.value(Self.rows, [Int32](repeating: 0, count: 12)) == nil, "\(metric.name)")
        }
    }

    // NumPy's corrcoef, of the values and of their ranks.
    @Test(arguments: [("mse", 0.22285714285714286), ("pearson", 0.9621648969395133), ("spearman", 0.9725179925282852)])
    func regressionIsMeasured(name: String, expected: Double) throws {
        let rows = EstimatedRows(
            truth: [1.0, 2.0, 2.0, 3.5, 5.0, 4.0, 0.5], estimated: [1.2, 1.9, 2.5, 3.0, 4.4, 4.4, 1.2])
        let metric = try #require(RegressionMetrics.all.first { $0.name == name })
        #expect(abs(try #require(metric.value(rows, [Int32](repeating: 1, count: 7))) - expected) < 1e-12)
    }
}
