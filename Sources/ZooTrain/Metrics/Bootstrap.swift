/// Intervals by resampling rows with replacement (Efron 1979): percentiles 2.5 and 97.5 of the statistic over the
/// resamples, interpolated linearly.
///
/// The draws are a function of the seed alone.
public struct Bootstrap: Sendable, Hashable {
    /// Number of resamples.
    public let resampleCount: Int
    /// Decides the draws.
    public let seed: Int

    /// Makes a plan.
    public init(resampleCount: Int = 1000, seed: Int = 42) {
        precondition(resampleCount > 0, "\(resampleCount) resamples")
        self.resampleCount = resampleCount
        self.seed = seed
    }

    /// The 95 % intervals of several statistics of `rowCount` rows, over the same resamples.
    ///
    /// `statistics` gets how often each row was drawn; a statistic that is nil in a resample is left out of its own
    /// interval, which is nil when nothing is left.
    public func intervals(rowCount: Int, statistics: ([Int32]) -> [Double?]) -> [ClosedRange<Double>?] {
        guard rowCount > 0 else { return statistics([]).map { _ in nil } }
        var samples: [[Double]] = []
        for resample in 0..<resampleCount {
            var generator = CounterGenerator(
                key: UInt64(bitPattern: Int64(seed)), RandomPurpose.bootstrap.rawValue, UInt64(resample))
            var multiplicity = [Int32](repeating: 0, count: rowCount)
            for _ in 0..<rowCount { multiplicity[generator.next(below: rowCount)] += 1 }
            let values = statistics(multiplicity)
            if samples.isEmpty { samples = values.map { _ in [] } }
            for (index, value) in values.enumerated() {
                if let value { samples[index].append(value) }
            }
        }
        return samples.map { values in
            let sorted = values.sorted()
            guard !sorted.isEmpty else { return nil }
            return Self.percentile(sorted, 0.025)...Self.percentile(sorted, 0.975)
        }
    }

    /// The values of `metrics` over `rows`, with their intervals; a metric that is not defined is left out.
    public func measure<Rows>(_ metrics: [Metric<Rows>], _ rows: Rows, rowCount: Int) -> [MeasuredMetric] {
        let once = [Int32](repeating: 1, count: rowCount)
        let intervals = intervals(rowCount: rowCount) { multiplicity in
            metrics.map { $0.value(rows, multiplicity) }
        }
        return zip(metrics, intervals).compactMap { metric, interval in
            metric.value(rows, once).map { MeasuredMetric(name: metric.name, value: $0, interval: interval) }
        }
    }

    static func percentile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
    }
}
