import Testing
import ZooTrain

@Suite struct StatisticsTests {
    /// `right` of `count` rows of two classes predicted right, the first ones.
    private func rows(_ isRight: [Bool]) -> ClassifiedRows {
        ClassifiedRows(
            labels: ["a", "b"], truth: isRight.map { _ in 0 },
            probabilities: isRight.flatMap { $0 ? [0.9, 0.1] : [0.1, 0.9] })
    }
    private var accuracy: Metric<ClassifiedRows> { ClassificationMetrics.all[0] }

    // Twice the binomial tail, summed with exact integers in Python.
    @Test(arguments: [
        (0, 0, 1.0), (10, 2, 0.03857421875), (2, 10, 0.03857421875), (5, 5, 1), (40, 20, 0.01348929373119186),
        (1000, 1100, 0.030720707864242296), (0, 6, 0.03125), (0, 5, 0.0625),
    ])
    func mcNemarIsExact(fixed: Int, broken: Int, p: Double) {
        #expect(abs(McNemar.exactP(fixed: fixed, broken: broken) - p) < 1e-9 * p)
    }

    @Test func theIntervalOfAShareIsThatOfTheBinomial() throws {
        // Percentiles 2.5 and 97.5 of a binomial with 200 rows and 0.8 are 149 and 171.
        let measured = Bootstrap(resampleCount: 4000, seed: 1)
            .measure([accuracy], rows((0..<200).map { $0 < 160 }), rowCount: 200)
        let interval = try #require(measured[0].interval)
        #expect(measured[0].value == 0.8)
        #expect(abs(interval.lowerBound - 0.745) <= 0.0051 && abs(interval.upperBound - 0.855) <= 0.0051)
    }

    @Test func theDrawsAreAFunctionOfTheSeed() {
        let some = rows((0..<50).map { $0 % 3 != 0 })
        let draw = { Bootstrap(resampleCount: 100, seed: $0).measure([self.accuracy], some, rowCount: 50) }
        #expect(draw(1) == draw(1))
        #expect(draw(1) != draw(2))
    }

    @Test func percentilesAreInterpolated() throws {
        // The statistics are the resample's number, so the percentiles are those of 0…99, as NumPy gives them.
        var number = -1.0
        let interval = Bootstrap(resampleCount: 100, seed: 1).intervals(rowCount: 1) { _ in
            number += 1
            return [number]
        }[0]
        #expect(abs(try #require(interval).lowerBound - 2.475) < 1e-12)
        #expect(abs(try #require(interval).upperBound - 96.525) < 1e-12)
    }

    @Test func aClearDifferenceIsNamed() {
        let first = rows((0..<100).map { $0 < 60 })
        let second = rows((0..<100).map { $0 < 85 })
        let comparison = PairedComparison(first, second, metric: accuracy)
        #expect(comparison.fixed == Array(60..<85))
        #expect(comparison.broken.isEmpty)
        #expect(abs(comparison.difference.value - 0.25) < 1e-12)
        #expect(comparison.verdict == .secondIsBetter)
        #expect(PairedComparison(second, first, metric: accuracy).verdict == .firstIsBetter)
        #expect(comparison.text(first: "x@1", second: "x@2") == "x@2 is better than x@1")
    }

    @Test func aLowerLossIsBetter() throws {
        let sure = ClassifiedRows(
            labels: ["a", "b"], truth: [Int](repeating: 0, count: 40),
            probabilities: (0..<40).flatMap { _ in [0.9, 0.1] })
        let unsure = ClassifiedRows(
            labels: ["a", "b"], truth: [Int](repeating: 0, count: 40),
            probabilities: (0..<40).flatMap { $0 < 20 ? [0.6, 0.4] : [0.4, 0.6] })
        let loss = try #require(ClassificationMetrics.all.first { $0.name == "logLoss" })
        #expect(PairedComparison(unsure, sure, metric: loss).verdict == .secondIsBetter)
    }

    @Test func aChangeThatMayBeChanceIsNoEvidence() {
        let first = rows((0..<100).map { $0 < 60 })
        // Five fixed and two broken: p is 0.45.
        let second = rows((0..<100).map { $0 < 65 && $0 > 1 })
        let comparison = PairedComparison(first, second, metric: accuracy)
        #expect(comparison.fixed.count == 5 && comparison.broken.count == 2)
        #expect(comparison.verdict == .noEvidence)
        #expect(PairedComparison(first, first, metric: accuracy).verdict == .noEvidence)
        #expect(comparison.text(first: "x@1", second: "x@2").hasPrefix("no evidence of a difference"))
    }
}
