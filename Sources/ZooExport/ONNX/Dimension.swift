/// A size in a shape: a number, or a name that stands for any number.
enum Dimension: Hashable, CustomStringConvertible {
    case known(Int)
    case named(String)

    static let batch = Dimension.named("batch")
    static let sequence = Dimension.named("sequence")

    var description: String {
        switch self {
        case .known(let size): String(size)
        case .named(let name): name
        }
    }
}

extension Onnx_ValueInfoProto {
    /// A value of the graph's interface.
    init(_ name: String, _ type: Onnx_TensorProto.DataType, _ dimensions: [Dimension]) {
        self.init()
        self.name = name
        self.type.tensorType.elemType = Int32(type.rawValue)
        self.type.tensorType.shape.dim = dimensions.map { dimension in
            var proto = Onnx_TensorShapeProto.Dimension()
            switch dimension {
            case .known(let size): proto.dimValue = Int64(size)
            case .named(let name): proto.dimParam = name
            }
            return proto
        }
    }

    /// The declared dimensions.
    var dimensions: [Dimension] {
        type.tensorType.shape.dim.map { proto in
            switch proto.value {
            case .dimParam(let name)?: .named(name)
            case .dimValue(let size)?: .known(Int(size))
            case nil: .named("")
            }
        }
    }
}
