public import ZooBase

/// How long some texts are, in whatever they were counted in; percentiles by nearest rank.
public struct LengthSummary: Sendable, Equatable, JSONRepresentable {
    /// The shortest.
    public let minimum: Int
    /// Half are at most this long.
    public let median: Int
    /// Nine in ten are at most this long.
    public let p90: Int
    /// Ninety-nine in a hundred are at most this long.
    public let p99: Int
    /// The longest.
    public let maximum: Int
    /// On average.
    public let mean: Double

    /// Summarises `lengths`; nil when there are none.
    public init?(_ lengths: [Int]) {
        let sorted = lengths.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        func percentile(_ percent: Int) -> Int { sorted[max(0, (sorted.count * percent + 99) / 100 - 1)] }
        minimum = first
        median = percentile(50)
        p90 = percentile(90)
        p99 = percentile(99)
        maximum = last
        mean = Double(sorted.reduce(0, +)) / Double(sorted.count)
    }

    /// All of it.
    public var json: JSON {
        [
            "minimum": .integer(minimum), "median": .integer(median), "p90": .integer(p90), "p99": .integer(p99),
            "maximum": .integer(maximum), "mean": .number(mean),
        ]
    }
}
