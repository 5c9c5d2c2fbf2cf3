internal import CBytes
public import ZooBase

/// How far the elements of two tensors of one shape are from each other.
///
/// Sums are taken in double precision, in an order that depends on the number of elements alone. Pairs of which one is
/// not finite are left out of the sums; two NaN, and two infinities of one sign, are the same.
public struct ElementDifference: Sendable, Hashable {
    /// Number of elements.
    public let count: Int
    /// Pairs of different values; zeros of either sign are the same value.
    public let changedCount: Int
    /// Pairs of different values of which one is not finite.
    public let nonFiniteCount: Int
    /// The largest absolute difference.
    public let largest: Double
    /// The norm of the difference over the norm of the first tensor; NaN when both are zero.
    public let relativeL2: Double
    /// The cosine of the angle between the tensors; NaN when one is zero.
    public let cosine: Double
    /// The sum of the squares of the differences.
    public let squares: Double
    /// The sum of the squares of the first tensor.
    public let firstSquares: Double

    /// Compares `first` with `second`; nil when a dtype has no arithmetic here (see `Cast.supports`), or the shapes
    /// differ.
    public init?(_ first: TensorView, _ second: TensorView) {
        guard let left = first.info.dtype.element, let right = second.info.dtype.element,
            first.info.shape == second.info.shape
        else { return nil }
        let count = first.info.shape.elementCount
        var difference = bytes_difference()
        unsafe first.withUnsafeBytes { one in
            unsafe second.withUnsafeBytes { other in
                unsafe bytes_compare(left, one.baseAddress, right, other.baseAddress, count, &difference)
            }
        }
        self.count = count
        changedCount = Int(difference.differing)
        nonFiniteCount = Int(difference.unordered)
        largest = difference.largest
        relativeL2 = (difference.squares / difference.left_squares).squareRoot()
        let norms = difference.left_squares.squareRoot() * difference.right_squares.squareRoot()
        cosine = norms == 0 ? .nan : difference.product / norms
        squares = difference.squares
        firstSquares = difference.left_squares
    }

    /// The share of elements that changed, from 0 to 1.
    public var changedShare: Double { count == 0 ? 0 : Double(changedCount) / Double(count) }
}

extension ElementDifference: JSONRepresentable {
    /// Names in camel case; what is not finite is null.
    public var json: JSON {
        [
            "changedCount": .integer(changedCount), "changedShare": .number(changedShare),
            "nonFiniteCount": .integer(nonFiniteCount), "largest": .number(largest),
            "relativeL2": .number(relativeL2), "cosine": .number(cosine),
        ]
    }
}
