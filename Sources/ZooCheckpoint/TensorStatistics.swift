internal import CBytes
public import ZooBase

/// What the elements of a tensor are like.
///
/// Sums are taken in double precision, in the order of the elements.
public struct TensorStatistics: Sendable, Hashable {
    /// Number of elements.
    public let count: Int
    /// Elements that are not numbers.
    public let nanCount: Int
    /// Elements that are infinite.
    public let infiniteCount: Int
    /// Elements that are zero, of either sign.
    public let zeroCount: Int
    /// The smallest finite element; NaN when there is none.
    public let minimum: Double
    /// The largest finite element; NaN when there is none.
    public let maximum: Double
    /// The mean of the finite elements; NaN when there is none.
    public let mean: Double
    /// The standard deviation of the finite elements (of the population, not of a sample); NaN when there is none.
    public let standardDeviation: Double
    /// How many finite elements lie in each of `binCount` equal parts of the range from minimum to maximum, the last
    /// part closed; empty when there is no finite element.
    public let histogram: [Int]

    /// Number of parts of the histogram.
    public static let binCount = 16

    /// Reads every element of `tensor`; nil for a dtype that has no arithmetic here (see `Cast.supports`).
    public init?(_ tensor: TensorView) {
        guard let element = tensor.info.dtype.element else { return nil }
        count = tensor.info.shape.elementCount
        let count = count
        var summary = bytes_summary()
        var bins = [UInt64](repeating: 0, count: Self.binCount)
        unsafe tensor.withUnsafeBytes { elements in
            unsafe bytes_summarize(element, elements.baseAddress, count, &summary)
            guard summary.minimum.isFinite else { return }
            unsafe bytes_histogram(
                element, elements.baseAddress, count, summary.minimum, summary.maximum, bins.count, &bins)
        }
        histogram = summary.minimum.isFinite ? bins.map(Int.init) : []
        nanCount = Int(summary.nan)
        infiniteCount = Int(summary.infinite)
        zeroCount = Int(summary.zero)
        minimum = summary.minimum
        maximum = summary.maximum
        mean = summary.mean
        standardDeviation = summary.deviation
    }
}

extension TensorStatistics: JSONRepresentable {
    /// The statistics, names in camel case; what is NaN is null.
    public var json: JSON {
        [
            "count": .integer(count), "nanCount": .integer(nanCount), "infiniteCount": .integer(infiniteCount),
            "zeroCount": .integer(zeroCount), "minimum": .number(minimum), "maximum": .number(maximum),
            "mean": .number(mean), "standardDeviation": .number(standardDeviation),
            "histogram": .array(histogram.map(JSON.integer)),
        ]
    }
}
