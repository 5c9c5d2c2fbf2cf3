public import ZooBase

/// Why a name map cannot be read or applied.
public enum KeyMapError: ZooFailure, Equatable {
    /// The text of a map is not JSON.
    case invalidJSON(file: String, JSONError)
    /// The text of a map breaks a rule of the language; `place` is where in the document.
    case invalidMap(file: String, place: String, problem: String)
    /// The map has no dialect of that name.
    case unknownDialect(map: String, name: String, known: [String])
    /// The names are in none of the dialects of the map.
    case notRecognized(map: String, example: String)
    /// No rule leads from these tensors to the dialect.
    case uncovered(map: String, dialect: String, tensors: [String])
    /// Two rules match one name.
    case ambiguous(map: String, tensor: String, rules: [String])
    /// Two tensors would have the same name.
    case collision(map: String, name: String, tensors: [String])
    /// The shape does not fit the layout that the rule gives.
    case wrongLayout(tensor: String, shape: Shape, layout: String, problem: String)
    /// A tensor that may be left out because it repeats another does not repeat it.
    case notTied(tensor: String, other: String)
    /// The bytes of a tensor cannot be made or rearranged.
    case checkpoint(CheckpointError)

    /// A map that ships is ours; what it is applied to comes from outside.
    public var kind: FailureKind {
        switch self {
        case .unknownDialect: .notFound
        case .checkpoint(let error): error.kind
        default: .badInput
        }
    }

    /// One line: what, where, and what to do.
    public var message: String {
        switch self {
        case .invalidJSON(let file, let error): "\(file): \(error.message)"
        case .invalidMap(let file, let place, let problem): "\(file): \(place): \(problem)"
        case .unknownDialect(let map, let name, let known):
            "the name map \(map) has no dialect \(CheckpointError.quoted(name)); known: \(known.joined(separator: ", "))"
        case .notRecognized(let map, let example):
            "the name map \(map) knows no dialect with names like \(CheckpointError.quoted(example)); rename the tensors or add a map"
        case .uncovered(let map, let dialect, let tensors):
            "the name map \(map) has no name in \(dialect) for \(Self.list(tensors)); leave them out or add rules"
        case .ambiguous(let map, let tensor, let rules):
            "the name map \(map) has more than one rule for \(CheckpointError.quoted(tensor)): \(rules.joined(separator: ", "))"
        case .collision(let map, let name, let tensors):
            "the name map \(map) would call \(Self.list(tensors)) both \(CheckpointError.quoted(name)); leave one out"
        case .wrongLayout(let tensor, let shape, let layout, let problem):
            "tensor \(CheckpointError.quoted(tensor)): its shape \(shape) does not fit \(layout): \(problem)"
        case .notTied(let tensor, let other):
            "tensor \(CheckpointError.quoted(tensor)) cannot be left out: it is not the same as \(CheckpointError.quoted(other)); choose another dialect"
        case .checkpoint(let error): error.message
        }
    }

    /// The first few names and how many more there are.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).map(CheckpointError.quoted).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}
