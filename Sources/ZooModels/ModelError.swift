public import ZooBase
public import ZooNN

/// Why a model cannot be built or run.
public enum ModelError: ZooFailure, Equatable {
    /// config.json names a kind of model that there is no architecture for.
    case unknownModelType(String?, known: [String])
    /// A key of config.json is missing or its value cannot be used.
    case configuration(key: String, expected: String, found: String?)
    /// The tensors do not fit config.json.
    case weights(LoadReport)
    /// No tensor carries any of the names that the architecture's checkpoints have.
    case foreignNames(architecture: String, expected: [String])
    /// A token id, segment id or length that the model has no row for.
    case outsideTable(what: String, value: Int, limit: Int)
    /// Only float types can be written.
    case cannotSave(DType)

    /// Whether nothing is wrong but that there are tensors which the model has no place for.
    public var meansOtherTensorsOnly: Bool {
        if case .weights(let report) = self { report.fitsButForOthers } else { false }
    }

    /// All are bad input.
    public var kind: FailureKind { .badInput }

    /// One line.
    public var message: String {
        switch self {
        case .unknownModelType(let type?, let known):
            return "config.json: model_type \"\(type)\" is not supported (supported: \(known.joined(separator: ", ")))"
        case .unknownModelType(nil, let known):
            return "config.json: model_type is missing (supported: \(known.joined(separator: ", ")))"
        case .configuration(let key, let expected, let found):
            return "config.json: \(key): expected \(expected), found \(found ?? "nothing")"
        case .weights(let report):
            let problems = report.problems
            let shown = problems.prefix(12).joined(separator: "; ")
            let more = problems.count > 12 ? "; and \(problems.count - 12) more" : ""
            return "the weights do not fit config.json: \(shown)\(more). Is it the config.json of these weights?"
        case .foreignNames(let architecture, let expected):
            return "the weights hold no \(architecture): none of \(expected.joined(separator: ", ")) is there"
        case .outsideTable(let what, let value, let limit):
            return "\(what) \(value) is outside the model's table of \(limit)"
        case .cannotSave(let dtype):
            return "weights cannot be saved as \(dtype.rawValue) (use F32, F16, BF16 or F64)"
        }
    }
}
