public import ZooBase

/// A tensor of the model that training may change.
public final class Parameter {
    /// The name in the checkpoint.
    public let name: String
    /// Dimensions, outermost first.
    public let shape: Shape
    /// Whether training changes it.
    ///
    /// Set before a pass, not during one.
    public var isTrainable = true
    /// The tensor as it was stored; nil when it was made fresh.
    public let stored: TensorView?
    /// Where it stands in the model.
    public let role: Role
    /// Whether it is no longer what was stored (always so for a fresh one).
    public private(set) var isChanged: Bool

    let value: Buffer
    /// Written by the backward pass.
    var gradient = Gradient.none

    /// Facts that choose learning rate, weight decay and freezing.
    public struct Role: Sendable, Hashable {
        /// 0 for embeddings, k + 1 for layer k, more for what follows the layers.
        public var depth: Int
        /// Whether it is a bias or belongs to a layer norm: such parameters are not decayed.
        public var isNormOrBias: Bool

        /// Gathers the facts.
        public init(depth: Int, isNormOrBias: Bool) {
            self.depth = depth
            self.isNormOrBias = isNormOrBias
        }
    }

    /// What the last backward pass left.
    enum Gradient {
        case none
        case dense(Buffer)
        /// Zero except in these rows, which are sorted and different.
        case rows([UInt32], Buffer)
    }

    /// Takes a stored tensor of any float or integer type; the elements are widened to float32.
    ///
    /// Returns nil when the element type is not a number of 16 to 64 bits.
    public init?(_ view: TensorView, role: Role) {
        self.role = role
        isChanged = false
        name = view.info.name
        shape = view.info.shape
        stored = view
        value = Buffer(zeros: view.info.shape.elementCount)
        guard Widening.widen(view, to: value.elements) else { return nil }
    }

    /// A new parameter with the given elements.
    public init(name: String, shape: Shape, role: Role, elements: [Float]) {
        precondition(elements.count == shape.elementCount, "\(elements.count) elements for shape \(shape)")
        self.name = name
        self.shape = shape
        stored = nil
        self.role = role
        isChanged = true
        value = Buffer(zeros: elements.count)
        _ = value.elements.update(fromContentsOf: elements)
    }

    /// Copies the elements, in C order.
    public var elements: [Float] { Array(value.elements) }

    /// Replaces the elements.
    public func assign(_ elements: [Float]) {
        isChanged = true
        precondition(elements.count == value.count, "\(elements.count) elements for \(name) of shape \(shape)")
        _ = value.elements.update(fromContentsOf: elements)
    }

    /// Lends the elements; the pointer must not leave `body`.
    public func withUnsafeElements<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        try body(UnsafeBufferPointer(value.elements))
    }

    /// Says that an optimizer writes to `value`.
    func markChanged() { isChanged = true }

    /// The gradient of the last backward pass, dense; nil when there was none.
    public var gradientElements: [Float]? {
        switch gradient {
        case .none: return nil
        case .dense(let buffer): return Array(buffer.elements)
        case .rows(let rows, let buffer):
            var dense = [Float](repeating: 0, count: shape.elementCount)
            let width = shape.elementCount / shape[0]
            for (place, row) in rows.enumerated() {
                for column in 0..<width { dense[Int(row) * width + column] = buffer.start[place * width + column] }
            }
            return dense
        }
    }

    /// The buffer for a dense gradient, kept from step to step.
    func denseGradient() -> Buffer {
        if case .dense(let buffer) = gradient { return buffer }
        let buffer = Buffer(zeros: value.count)
        gradient = .dense(buffer)
        return buffer
    }
}
