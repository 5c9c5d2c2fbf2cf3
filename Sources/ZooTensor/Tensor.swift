public import ZooBase

/// A matrix that computes; its elements are float32 (`dtype` is a value so that others can come).
///
/// While a graph is recorded a tensor has a shape and an identity but no elements.
public final class Tensor {
    /// The first dimension.
    public private(set) var rows = 0
    /// The last dimension.
    public private(set) var width = 0
    /// Element type.
    public let dtype: DType = .f32
    /// Which value of its pass it is, from 0.
    public private(set) var id = 0
    /// Whether a gradient with respect to it is wanted.
    public private(set) var needsGradient = false

    private(set) var buffer: Buffer?
    /// The gradient, during the backward pass; nil until the first contribution.
    var gradient: Buffer?

    /// One of an arena's: what it is for is said by `begin`.
    init() {}

    func begin(rows: Int, width: Int, id: Int, buffer: Buffer?, needsGradient: Bool) {
        (self.rows, self.width, self.id, self.needsGradient) = (rows, width, id, needsGradient)
        self.buffer = buffer
    }

    /// Gives up what it holds.
    func end() {
        buffer = nil
        gradient = nil
    }

    /// Dimensions, outermost first: rows and width.
    public var shape: Shape { [rows, width] }

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
}
