internal import ZooBase
internal import ZooCheckpoint
internal import ZooTensor

/// The operations of a recorded pass as ONNX nodes (operator set 17) on [batch, sequence, width].
struct Lowering {
    static let ids = "input_ids"
    static let mask = "attention_mask"
    static let types = "token_type_ids"

    private(set) var builder = GraphBuilder()
    private let tensors: [ExactString: TensorView]
    /// What the values of the pass are called; several may be one.
    private var names: [Int: String] = [Graph.idsValue: ids, Graph.typesValue: types]
    private let outputs: [Int: String]
    private var maskBias: String?

    /// Lowers `graph`, whose parameters are among `tensors`; `outputs` names the values that the graph is for.
    init(_ graph: Graph, tensors: [TensorView], outputs: [String]) {
        self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { (ExactString($0.info.name), $0) })
        self.outputs = Dictionary(uniqueKeysWithValues: zip(graph.outputs, outputs))
        for node in graph.nodes { lower(node) }
    }

    private mutating func lower(_ node: Graph.Node) {
        let inputs = node.inputs.map { value($0) }
        let output = outputs[node.output] ?? "value.\(node.output)"
        names[node.output] = output
        switch node.operation {
        case .embedding(let word, let type, let position, let gain, let bias, let epsilon, _):
            let sum = embed(word: word, type: type, position: position, at: output)
            norm(sum, gain, bias, epsilon, to: output)
        case .linear(let weight, let bias, let activation):
            linear(inputs[0], weight, bias, activation, to: output)
        case .attention(let heads, let scale, _):
            attend(inputs, heads: heads, scale: scale, width: node.width, to: output)
        case .residualNorm(let gain, let bias, let epsilon, _):
            norm(builder.add("Add", inputs, to: output + ".sum"), gain, bias, epsilon, to: output)
        case .firstToken:
            let first = builder.constant("constant.first", [], .integers([0]))
            builder.add("Gather", [inputs[0], first], to: output, .init("axis", 1))
        case .dropout:
            // Nothing is dropped outside training, so the value is its input under another name.
            precondition(outputs[node.output] == nil, "dropout cannot be what a graph is for")
            names[node.output] = inputs[0]
        }
    }

    private func value(_ id: Int) -> String {
        guard let name = names[id] else { preconditionFailure("value \(id) is read before it is made") }
        return name
    }

    /// A parameter as it is stored.
    private mutating func parameter(_ name: String) -> String {
        let view = tensor(name)
        return builder.constant(name, view.info.shape.dimensions, .tensor(view))
    }

    private func tensor(_ name: String) -> TensorView {
        guard let view = tensors[ExactString(name)] else { preconditionFailure("no tensor \(name)") }
        return view
    }

    private mutating func embed(word: String, type: String, position: String, at place: String) -> String {
        let words = builder.add("Gather", [parameter(word), Self.ids], to: place + ".word", .init("axis", 0))
        let segments = builder.add("Gather", [parameter(type), Self.types], to: place + ".type", .init("axis", 0))
        let length = builder.add("Shape", [Self.ids], to: place + ".length", .init("start", 1), .init("end", 2))
        let (first, axis) = (builder.integers(0), builder.integers(0))
        let positions = builder.add("Slice", [parameter(position), first, length, axis], to: place + ".position")
        let sum = builder.add("Add", [words, segments], to: place + ".word.type")
        return builder.add("Add", [sum, positions], to: place + ".sum")
    }

    private mutating func norm(_ input: String, _ gain: String, _ bias: String, _ epsilon: Float, to output: String) {
        builder.add(
            "LayerNormalization", [input, parameter(gain), parameter(bias)], to: output, .init("axis", -1),
            .init("epsilon", epsilon))
    }

    private mutating func linear(
        _ input: String, _ weight: String, _ bias: String?, _ activation: Activation, to output: String
    ) {
        let view = tensor(weight)
        let matrix = builder.constant(
            weight + ".transposed", [view.info.shape[1], view.info.shape[0]], .transposed(view))
        let isLast = activation == .none
        var result = builder.add("MatMul", [input, matrix], to: isLast && bias == nil ? output : output + ".product")
        if let bias {
            result = builder.add("Add", [result, parameter(bias)], to: isLast ? output : output + ".sum")
        }
        switch activation {
        case .none: break
        case .tanh: builder.add("Tanh", [result], to: output)
        case .gelu:
            let scaled = builder.add(
                "Div", [result, builder.scalar(Float(2).squareRoot(), "√2")], to: output + ".scaled")
            halve(result, builder.add("Erf", [scaled], to: output + ".erf"), to: output)
        case .geluTanh:
            let square = builder.add("Mul", [result, result], to: output + ".square")
            let part = builder.add("Mul", [square, builder.scalar(0.044715, "0.044715")], to: output + ".part")
            let bent = builder.add("Add", [part, builder.scalar(1, "1")], to: output + ".bent")
            let cubic = builder.add("Mul", [result, bent], to: output + ".cubic")
            let factor = builder.scalar((2 / Float.pi).squareRoot(), "√(2/π)")
            let scaled = builder.add("Mul", [cubic, factor], to: output + ".scaled")
            halve(result, builder.add("Tanh", [scaled], to: output + ".tanh"), to: output)
        }
    }

    /// Half the input times one more than a share.
    private mutating func halve(_ input: String, _ share: String, to output: String) {
        let shifted = builder.add("Add", [share, builder.scalar(1, "1")], to: output + ".shifted")
        let doubled = builder.add("Mul", [input, shifted], to: output + ".doubled")
        builder.add("Mul", [doubled, builder.scalar(0.5, "0.5")], to: output)
    }

    private mutating func attend(_ inputs: [String], heads: Int, scale: Float, width: Int, to output: String) {
        // In a shape 0 stands for the dimension that is there.
        let shape = builder.integers(0, 0, heads, width / heads)
        func split(_ index: Int, _ part: String, _ order: [Int], _ builder: inout GraphBuilder) -> String {
            let rows = builder.add("Reshape", [inputs[index], shape], to: "\(output).\(part).split")
            return builder.add("Transpose", [rows], to: "\(output).\(part)", .init("perm", order))
        }
        let query = split(0, "query", [0, 2, 1, 3], &builder)
        let key = split(1, "key", [0, 2, 3, 1], &builder)
        let value = split(2, "value", [0, 2, 1, 3], &builder)
        let product = builder.add("MatMul", [query, key], to: output + ".product")
        let scaled = builder.add("Mul", [product, builder.scalar(scale, "scale.\(scale)")], to: output + ".scaled")
        let masked = builder.add("Add", [scaled, bias()], to: output + ".masked")
        let weights = builder.add("Softmax", [masked], to: output + ".weights", .init("axis", -1))
        let context = builder.add("MatMul", [weights, value], to: output + ".context")
        let rows = builder.add("Transpose", [context], to: output + ".rows", .init("perm", [0, 2, 1, 3]))
        builder.add("Reshape", [rows, builder.integers(0, 0, width)], to: output)
    }

    /// What is added to attention scores, [batch, 1, 1, sequence]: nothing for a token, the lowest number for padding.
    private mutating func bias() -> String {
        if let maskBias { return maskBias }
        let type = Onnx_TensorProto.DataType.float.rawValue
        let mask = builder.add("Cast", [Self.mask], to: "mask.float", .init("to", type))
        let wide = builder.add("Unsqueeze", [mask, builder.integers(1, 2)], to: "mask.wide")
        let padding = builder.add("Sub", [builder.scalar(1, "1"), wide], to: "mask.padding")
        let lowest = builder.scalar(-.greatestFiniteMagnitude, "lowest")
        let result = builder.add("Mul", [padding, lowest], to: "mask.bias")
        maskBias = result
        return result
    }
}
