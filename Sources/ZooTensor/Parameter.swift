internal import CKernels
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
    /// Memory for rows of a gradient, kept from step to step.
    private var rowSums: Buffer?

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
        /// Zero except in these rows, which are sorted and different; the buffer may be longer.
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
        view.storage.relinquish(view.range)
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
    public func assign(_ elements: [Float]) { elements.withUnsafeBufferPointer(assign) }

    /// Replaces the elements.
    public func assign(_ elements: UnsafeBufferPointer<Float>) {
        markChanged()
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

    /// Forgets the gradient and its memory.
    public func releaseGradient() {
        gradient = .none
        rowSums = nil
    }
}

// Gradients of tables, of which a step touches few rows.
extension Parameter {
    /// Whether the gradient is one by rows.
    var hasRowGradient: Bool { if case .rows = gradient { true } else { false } }

    /// Memory for the gradients of as many rows as there are; those that are never written cost nothing.
    func rowGradientMemory() -> Buffer {
        if let rowSums { return rowSums }
        let sums = Buffer(zeros: shape.elementCount)
        rowSums = sums
        return sums
    }

    /// That memory holds the gradient of `rows`, which are sorted and different.
    func setRowGradient(_ rows: [UInt32]) {
        var own = takeRows()
        own.removeAll(keepingCapacity: true)
        own.append(contentsOf: rows)
        gradient = .rows(own, rowGradientMemory())
    }

    /// Adds the gradient of further `rows`, which are sorted and different: one row of `sums` for each.
    ///
    /// The two lists are merged from their ends, where there is room.
    func addRowGradient(_ rows: [UInt32], _ sums: Buffer) {
        let total = rowGradientMemory().start, width = shape.elementCount / shape[0]
        var own = takeRows()
        var (last, added) = (own.count - 1, rows.count - 1)
        var place = own.count + rows.count - common(own, rows) - 1
        own.append(contentsOf: repeatElement(0, count: place + 1 - own.count))
        while added >= 0 {
            let isOwn = last >= 0 && own[last] >= rows[added]
            let isAdded = last < 0 || own[last] <= rows[added]
            if isOwn {
                own[place] = own[last]
                (total + place * width).update(from: total + last * width, count: width)
                last -= 1
            } else {
                own[place] = rows[added]
                (total + place * width).update(from: sums.start + added * width, count: width)
            }
            if isAdded {
                if isOwn { ck_add(total + place * width, sums.start + added * width, width) }
                added -= 1
            }
            place -= 1
        }
        gradient = .rows(own, rowGradientMemory())
    }

    /// How many numbers two ascending lists have in common.
    private func common(_ first: [UInt32], _ second: [UInt32]) -> Int {
        var (place, count) = (0, 0)
        for number in second {
            while place < first.count, first[place] < number { place += 1 }
            if place < first.count, first[place] == number { count += 1 }
        }
        return count
    }

    /// The rows of the gradient, taken out so that their memory can be used again; it has room for all rows.
    private func takeRows() -> [UInt32] {
        var rows: [UInt32] = []
        if case .rows(let own, _) = gradient { rows = own }
        gradient = .none
        rows.reserveCapacity(shape[0])
        return rows
    }
}
