public import ZooBase

/// A dense array that computes; its elements are float32 (`dtype` is a value so that others can come).
///
/// While a graph is recorded a tensor has a shape and an identity but no elements.
public final class Tensor {
    /// Dimensions, outermost first.
    public let shape: Shape
    /// Element type.
    public let dtype: DType = .f32
    /// Which value of its pass it is, from 0.
    public let id: Int
    /// Whether a gradient with respect to it is wanted.
    public let needsGradient: Bool

    private(set) var buffer: Buffer?
    /// The gradient, during the backward pass; nil until the first contribution.
    var gradient: Buffer?

    init(_ shape: Shape, id: Int, buffer: Buffer?, needsGradient: Bool) {
        self.shape = shape
        self.id = id
        self.buffer = buffer
        self.needsGradient = needsGradient
    }

    /// Gives the elements' memory back: nothing reads them any more.
    func release() { buffer = nil }

    /// Copies the elements, in C order.
    public var elements: [Float] { Array(data) }

    /// Lends the elements, in C order; the pointer must not leave `body`.
    public func withUnsafeElements<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        try body(UnsafeBufferPointer(data))
    }

    /// The elements, in C order; valid as long as the tensor is.
    var data: UnsafeMutableBufferPointer<Float> {
        guard let buffer else { preconditionFailure("elements of a recorded tensor, or of one that was consumed") }
        return buffer.elements
    }

    var start: UnsafeMutablePointer<Float> { data.baseAddress! }
    /// The last dimension.
    var width: Int { shape[shape.rank - 1] }
    /// The product of all other dimensions.
    var rows: Int { shape.elementCount / width }
}
