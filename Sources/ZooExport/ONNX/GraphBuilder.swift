/// Nodes and constants of an ONNX graph as they are added.
struct GraphBuilder {
    private(set) var nodes: [Onnx_NodeProto] = []
    private(set) var initializers: [Initializer] = []
    private var known = Set<String>()

    /// Adds a node that makes one value, called `output`, and gives back that name.
    @discardableResult
    mutating func add(
        _ operation: String, _ inputs: [String], to output: String, _ attributes: Onnx_AttributeProto...
    ) -> String {
        var node = Onnx_NodeProto()
        node.opType = operation
        node.name = output
        node.input = inputs
        node.output = [output]
        node.attribute = attributes
        nodes.append(node)
        return output
    }

    /// Adds a constant unless it is there and gives back its name.
    mutating func constant(_ name: String, _ dimensions: [Int], _ content: Initializer.Content) -> String {
        if known.insert(name).inserted {
            initializers.append(Initializer(name: name, dimensions: dimensions, content: content))
        }
        return name
    }

    /// A scalar constant.
    mutating func scalar(_ value: Float, _ name: String) -> String {
        constant("constant." + name, [], .floats([value]))
    }

    /// A list of integers, as a constant named after them.
    mutating func integers(_ values: Int...) -> String {
        let name = "constant.[" + values.map(String.init).joined(separator: ",") + "]"
        return constant(name, [values.count], .integers(values))
    }
}

extension Onnx_AttributeProto {
    /// An integer.
    init(_ name: String, _ value: Int) {
        self.init()
        self.name = name
        i = Int64(value)
        type = .int
    }

    /// A number.
    init(_ name: String, _ value: Float) {
        self.init()
        self.name = name
        f = value
        type = .float
    }

    /// A list of integers.
    init(_ name: String, _ values: [Int]) {
        self.init()
        self.name = name
        ints = values.map(Int64.init)
        type = .ints
    }
}
