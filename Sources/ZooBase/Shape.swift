/// The dimensions of a tensor, outermost first; a scalar has none.
public struct Shape: Sendable, Hashable, CustomStringConvertible, ExpressibleByArrayLiteral {
    /// Sizes, outermost first; none is negative.
    public let dimensions: [Int]
    /// The product of the dimensions; 1 for a scalar.
    public let elementCount: Int

    /// Makes a shape from sizes known to be right; traps when a size is negative or the product overflows.
    public init(_ dimensions: [Int]) {
        guard let shape = Shape(checking: dimensions) else {
            preconditionFailure("not a shape: \(dimensions)")
        }
        self = shape
    }

    /// Makes a shape from sizes of unknown origin; nil when a size is negative or the product overflows.
    public init?(checking dimensions: [Int]) {
        var product = 1
        for size in dimensions {
            guard size >= 0 else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            product = next
        }
        self.dimensions = dimensions
        elementCount = product
    }

    /// Makes a shape from sizes known to be right.
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// Number of dimensions.
    public var rank: Int { dimensions.count }

    /// The size of dimension `index`.
    public subscript(_ index: Int) -> Int { dimensions[index] }

    /// `[30522, 384]`; `[]` for a scalar.
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
