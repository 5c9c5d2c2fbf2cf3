/// A number that says how good predictions are.
///
/// Rows may count several times or not at all, so that a metric can be computed on resampled rows.
public struct Metric<Rows: Sendable>: Sendable {
    /// The key in results: camelCase.
    public let name: String
    /// Whether more is better.
    public let isHigherBetter: Bool
    private let compute: @Sendable (Rows, [Int32]) -> Double?

    init(_ name: String, isHigherBetter: Bool = true, _ compute: @escaping @Sendable (Rows, [Int32]) -> Double?) {
        self.name = name
        self.isHigherBetter = isHigherBetter
        self.compute = compute
    }

    /// The value over `rows`, of which row i counts `multiplicity[i]` times; nil where it is not defined.
    public func value(_ rows: Rows, _ multiplicity: [Int32]) -> Double? { compute(rows, multiplicity) }
}

/// A metric's value with its 95 % interval.
public struct MeasuredMetric: Sendable, Hashable {
    /// The metric's name.
    public let name: String
    /// The value.
    public let value: Double
    /// The interval; nil when none was asked for.
    public let interval: ClosedRange<Double>?

    /// Gathers the three.
    public init(name: String, value: Double, interval: ClosedRange<Double>?) {
        self.name = name
        self.value = value
        self.interval = interval
    }
}
