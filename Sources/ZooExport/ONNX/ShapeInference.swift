/// Infers the type and shape of every value of a graph that `Lowering` can make, from the specification of the ONNX
/// operators, and compares the outputs with what the file declares.
struct ShapeInference {
    /// What is known of a value.
    struct Value: Equatable {
        var type: Int32
        var dimensions: [Dimension]
        /// The elements, of a short list of integers.
        var elements: [Dimension]?
    }

    private struct Problem: Error { let text: String }

    private var values: [String: Value] = [:]
    private static let float = Int32(Onnx_TensorProto.DataType.float.rawValue)
    private static let int64 = Int32(Onnx_TensorProto.DataType.int64.rawValue)

    /// Fails when a node reads what is not there, cannot work on what it is given, or an output is not as declared.
    static func check(_ model: Onnx_ModelProto, file: String) throws(ExportError) {
        var inference = ShapeInference()
        let graph = model.graph
        func attempt(_ place: String, _ body: () throws -> Void) throws(ExportError) {
            do { try body() } catch {
                let problem = (error as? Problem)?.text ?? "\(error)"
                throw .inconsistent(file: file, node: place, problem: problem)
            }
        }
        for input in graph.input {
            try attempt(input.name) {
                try inference.define(
                    input.name, Value(type: input.type.tensorType.elemType, dimensions: input.dimensions))
            }
        }
        for constant in graph.initializer { try attempt(constant.name) { try inference.define(constant) } }
        for node in graph.node { try attempt(node.name) { try inference.infer(node) } }
        for output in graph.output {
            try attempt(output.name) {
                let found = try inference.value(output.name)
                guard found.type == output.type.tensorType.elemType, found.dimensions == output.dimensions else {
                    throw Problem(text: "declared \(output.dimensions), is \(found.dimensions)")
                }
            }
        }
    }

    private mutating func define(_ name: String, _ value: Value) throws {
        guard !name.isEmpty, values.updateValue(value, forKey: name) == nil else {
            throw Problem(text: "the value \(name) is made twice")
        }
    }

    private mutating func define(_ constant: Onnx_TensorProto) throws {
        let dimensions = constant.dims.map { Int($0) }
        let size = dimensions.reduce(1, *) * (constant.dataType == Self.int64 ? 8 : 4)
        guard constant.rawData.count == size else {
            throw Problem(text: "\(constant.rawData.count) bytes, expected \(size)")
        }
        var elements: [Dimension]?
        if constant.dataType == Self.int64 {
            elements = Array(constant.rawData).withUnsafeBytes { raw in
                stride(from: 0, to: raw.count, by: 8).map {
                    .known(Int(raw.loadUnaligned(fromByteOffset: $0, as: Int64.self)))
                }
            }
        }
        try define(
            constant.name,
            Value(type: constant.dataType, dimensions: dimensions.map(Dimension.known), elements: elements))
    }

    private func value(_ name: String) throws -> Value {
        guard let value = values[name] else { throw Problem(text: "the value \(name) is read before it is made") }
        return value
    }

    private func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
        if !condition { throw Problem(text: text()) }
    }

    private mutating func infer(_ node: Onnx_NodeProto) throws {
        let inputs = try node.input.map { try value($0) }
        try require(!inputs.isEmpty && node.output.count == 1, "nodes here read something and make one value")
        try define(node.output[0], try result(node, inputs))
    }

    private func result(_ node: Onnx_NodeProto, _ inputs: [Value]) throws -> Value {
        let first = inputs[0]
        switch node.opType {
        case "Erf", "Tanh", "Softmax":
            try require(first.type == Self.float, "\(node.opType) works on floats")
            return Value(type: first.type, dimensions: first.dimensions)
        case "Cast": return Value(type: Int32(node.integer("to")), dimensions: first.dimensions)
        case "Add", "Sub", "Mul", "Div":
            try require(first.type == inputs[1].type, "operands of two types")
            return Value(type: first.type, dimensions: try broadcast(first.dimensions, inputs[1].dimensions))
        case "LayerNormalization":
            let last = first.dimensions.suffix(1)
            try require(inputs.dropFirst().allSatisfy { $0.dimensions == Array(last) }, "gain or bias of another width")
            return Value(type: first.type, dimensions: first.dimensions)
        case "MatMul": return try product(first, inputs[1])
        case "Gather":
            let axis = node.integer("axis")
            try require(inputs[1].type == Self.int64 && axis < first.dimensions.count, "no such axis or index")
            let dimensions = first.dimensions[..<axis] + inputs[1].dimensions + first.dimensions[(axis + 1)...]
            return Value(type: first.type, dimensions: Array(dimensions))
        case "Shape":
            let part = Array(first.dimensions[node.integer("start")..<node.integer("end")])
            return Value(type: Self.int64, dimensions: [.known(part.count)], elements: part)
        case "Slice": return try slice(inputs)
        case "Unsqueeze":
            var dimensions = first.dimensions
            for case .known(let axis) in inputs[1].elements ?? [] { dimensions.insert(.known(1), at: axis) }
            return Value(type: first.type, dimensions: dimensions)
        case "Transpose":
            let order = node.attribute.first { $0.name == "perm" }?.ints.map { Int($0) } ?? []
            try require(order.sorted() == Array(first.dimensions.indices), "the order \(order) is no permutation")
            return Value(type: first.type, dimensions: order.map { first.dimensions[$0] })
        case "Reshape": return try reshape(first, inputs[1])
        default: throw Problem(text: "\(node.opType) is not an operator that is written")
        }
    }

    private func broadcast(_ left: [Dimension], _ right: [Dimension]) throws -> [Dimension] {
        let rank = max(left.count, right.count)
        let (a, b) = (padded(left, to: rank), padded(right, to: rank))
        return try zip(a, b).map { one, other in
            if one == other || other == .known(1) { return one }
            try require(one == .known(1), "\(left) and \(right) do not fit")
            return other
        }
    }

    private func padded(_ dimensions: [Dimension], to rank: Int) -> [Dimension] {
        [Dimension](repeating: .known(1), count: rank - dimensions.count) + dimensions
    }

    private func product(_ left: Value, _ right: Value) throws -> Value {
        let (a, b) = (left.dimensions, right.dimensions)
        try require(a.count >= 2 && b.count >= 2 && left.type == right.type, "a product of matrices needs two")
        try require(a[a.count - 1] == b[b.count - 2], "the product of \(a) and \(b)")
        let batch = try broadcast(a.dropLast(2), b.dropLast(2))
        return Value(type: left.type, dimensions: batch + [a[a.count - 2], b[b.count - 1]])
    }

    private func broadcast(_ left: ArraySlice<Dimension>, _ right: ArraySlice<Dimension>) throws -> [Dimension] {
        try broadcast(Array(left), Array(right))
    }

    /// From 0 to a length, along one axis.
    private func slice(_ inputs: [Value]) throws -> Value {
        guard inputs.count == 4, inputs[1].elements == [.known(0)], let end = inputs[2].elements?.first,
            case .known(let axis)? = inputs[3].elements?.first, inputs[0].dimensions.indices.contains(axis)
        else { throw Problem(text: "a slice that begins elsewhere than at 0, or along no axis") }
        var dimensions = inputs[0].dimensions
        dimensions[axis] = end
        return Value(type: inputs[0].type, dimensions: dimensions)
    }

    private func reshape(_ input: Value, _ shape: Value) throws -> Value {
        let wanted = shape.elements ?? []
        let dimensions = try wanted.enumerated().map { index, dimension in
            guard dimension == .known(0) else { return dimension }
            try require(index < input.dimensions.count, "0 beyond the dimensions of the input")
            return input.dimensions[index]
        }
        let (before, after) = (Self.size(input.dimensions), Self.size(dimensions))
        try require(before == after, "\(input.dimensions) cannot become \(dimensions)")
        return Value(type: input.type, dimensions: dimensions)
    }

    /// The number of elements as a factor and the names it is multiplied by.
    private static func size(_ dimensions: [Dimension]) -> [String] {
        var factor = 1
        var names: [String] = []
        for dimension in dimensions {
            switch dimension {
            case .known(let size): factor *= size
            case .named(let name): names.append(name)
            }
        }
        return [String(factor)] + names.sorted()
    }
}

extension Onnx_NodeProto {
    /// The integer attribute `name`, 0 when it is not there.
    func integer(_ name: String) -> Int { attribute.first { $0.name == name }.map { Int($0.i) } ?? 0 }
}
