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

    /// Reads every element of `tensor`; nil for a dtype that has no arithmetic here (see `Cast.supports`).
    public init?(_ tensor: TensorView) {
        guard let element = tensor.info.dtype.element else { return nil }
        count = tensor.info.shape.elementCount
        var summary = bytes_summary()
        unsafe tensor.withUnsafeBytes { elements in
            unsafe bytes_summarize(
                element, elements.baseAddress, elements.count * 8 / tensor.info.dtype.bitWidth, &summary)
        }
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
        ]
    }
}
