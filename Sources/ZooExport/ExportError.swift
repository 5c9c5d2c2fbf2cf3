public import ZooBase
public import ZooCheckpoint
public import ZooModels

/// Why a model cannot be exported.
public enum ExportError: ZooFailure, Equatable {
    /// The system refused.
    case file(FileError)
    /// The weights cannot be read or laid out.
    case checkpoint(CheckpointError)
    /// The weights and the configuration make no model.
    case model(ModelError)
    /// The head has another number of outputs than there are labels.
    case labelCount(expected: Int, found: Int)
    /// The target has no place for something that the model has.
    case notExpressible(String, format: String)
    /// Two labels are the same.
    case duplicateLabel(String)
    /// A file to go along has a name that is no bare name, or that of a file the export writes itself.
    case fileName(String)
    /// Values that the chosen dtype cannot hold would become infinite.
    case overflow(tensor: String, dtype: DType, count: Int)
    /// The dtype is not one that the format can hold weights in.
    case dtype(DType, format: String, expected: [DType])
    /// The file would be larger than its format allows.
    case tooLarge(format: String, limit: Int, found: Int)
    /// The file that was written does not say what it should: a defect of ours.
    case inconsistent(file: String, node: String, problem: String)

    /// What sort of failure it is.
    public var kind: FailureKind {
        switch self {
        case .file(let error): error.kind
        case .checkpoint(let error): error.kind
        case .model(let error): error.kind
        case .labelCount, .duplicateLabel, .fileName, .overflow, .notExpressible: .badInput
        case .dtype, .tooLarge: .usage
        case .inconsistent: .defect
        }
    }

    /// One line: what, expected, found, and what to do.
    public var message: String {
        switch self {
        case .file(let error) where error.code == 17:
            "cannot write \(error.path): something is there already; choose another place or remove it"
        case .file(let error): error.message
        case .checkpoint(let error): error.message
        case .model(let error): error.message
        case .labelCount(let expected, let found):
            "the classifier has \(expected) outputs, but there are \(found) labels; give one label for each output"
        case .notExpressible(let what, let format):
            "\(what) cannot be said in \(format)'s config.json; export to onnx, or keep the version in the registry"
        case .duplicateLabel(let label): "the label \"\(label)\" appears twice; give each output a label of its own"
        case .fileName(let name): "a file called \"\(name)\" cannot go into the folder; rename it"
        case .overflow(let tensor, let dtype, let count):
            "tensor \"\(tensor)\": \(count) values are too large for \(dtype.rawValue); export as F32 or BF16"
        case .dtype(let dtype, let format, let expected):
            "\(format) cannot be written as \(dtype.rawValue); choose \(expected.map(\.rawValue).joined(separator: ", "))"
        case .tooLarge(let format, let limit, let found):
            "\(format) files hold at most \(limit) bytes, this model needs \(found); export a hub folder instead"
        case .inconsistent(let file, let node, let problem):
            "\(file): \(node): \(problem); please report this, with the model's configuration"
        }
    }
}
