public import ZooBase
public import ZooModels

/// What can be wrong with a recipe, with the rows to train on, or with training itself.
public enum TrainError: ZooFailure, Equatable {
    /// A recipe key that does not exist.
    case unknownKey(source: String, key: String, known: [String])
    /// A value of the wrong type or out of range.
    case invalidValue(source: String, key: String, expected: String, found: String)
    /// A recipe file or object that is no mapping.
    case notARecipe(source: String)
    /// A metric that the task does not have.
    case unknownMetric(name: String, known: [String])
    /// A list of class weights of another length than the list of labels.
    case classWeightCount(expected: Int, found: Int)
    /// More layers to freeze than the model has.
    case tooManyFrozenLayers(asked: Int, layers: Int)
    /// No rows to train on, or none to judge an epoch by.
    case noRows(purpose: String)
    /// A loss or gradient that is not a number.
    case notFinite(step: Int, what: String, reason: String)
    /// A kind of head or loss that does not exist.
    case unknownTask(kind: String, known: [String])
    /// A task in which a teacher has nothing to say.
    case noSoftLabels(kind: String)
    /// A saved state that belongs to another plan, or is damaged.
    case foreignState(reason: String)
    /// A line of a prediction record that cannot be read.
    case invalidPrediction(line: Int)
    /// Rows that the model has no place for.
    case model(ModelError)
    /// The storage of the run failed.
    case storage(FileError)

    /// Records and states that contradict themselves are damage; the rest is bad input.
    public var kind: FailureKind {
        switch self {
        case .storage(let error): error.kind
        case .model(let error): error.kind
        case .foreignState, .invalidPrediction: .damaged
        case .unknownKey(Recipe.commandLine, _, _), .invalidValue(Recipe.commandLine, _, _, _): .usage
        case .tooManyFrozenLayers, .unknownMetric, .classWeightCount, .noSoftLabels: .usage
        default: .badInput
        }
    }

    /// The option that sets a key: `--batch-size`.
    private static func flag(_ key: String) -> String {
        key.reduce("--") { $0 + ($1.isUppercase ? "-\($1.lowercased())" : String($1)) }
    }

    /// What is wrong, where, and what to do.
    public var message: String {
        switch self {
        case .unknownKey(let source, let key, let known):
            "\(source): there is no recipe key \"\(key)\"; known: \(known.joined(separator: ", "))"
        case .invalidValue(Recipe.commandLine, let key, let expected, let found):
            "\(Self.flag(key)) must be \(expected), not \(found)"
        case .invalidValue(let source, let key, let expected, let found):
            "\(source): \(key) must be \(expected), not \(found)"
        case .notARecipe(let source): "\(source): a recipe is a mapping of keys to values, as in \"epochs: 3\""
        case .unknownMetric(let name, let known):
            "--metric: there is no metric \"\(name)\" for this task; known: \(known.joined(separator: ", "))"
        case .classWeightCount(let expected, let found):
            "--class-weights: expected one weight for each of the \(expected) labels, found \(found)"
        case .tooManyFrozenLayers(let asked, let layers):
            "--freeze: \(asked) layers are to be frozen and the model has \(layers); give at most \(layers), or \"all\""
        case .noRows(let purpose): "no rows are left \(purpose); give more data"
        case .notFinite(let step, let what, let reason):
            "training stopped at step \(step): the \(what) is not finite; \(reason)"
        case .unknownTask(let kind, let known):
            "there is no task of kind \"\(kind)\"; known: \(known.joined(separator: ", "))"
        case .noSoftLabels(let kind): "--teacher: a task of kind \"\(kind)\" has no soft labels to learn from"
        case .foreignState(let reason):
            "the saved state of the run cannot be used: \(reason); `zoo verify --heal` sets a damaged one aside so that "
                + "the run begins anew, `zoo runs rm` removes the run"
        case .invalidPrediction(let line): "line \(line) of the recorded predictions cannot be read; evaluate again"
        case .storage(let error): error.message
        case .model(let error): error.message
        }
    }
}
