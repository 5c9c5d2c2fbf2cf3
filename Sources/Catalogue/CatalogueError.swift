public import ZooBase

/// What can be wrong with a catalogue or recipe file, or with a request to the catalogue.
public enum CatalogueError: ZooFailure, Equatable {
    /// A file that the catalogue should hold and does not.
    case missingFile(path: String)
    /// Text that is not YAML, or YAML beyond what we read.
    case notYAML(file: String, line: Int, problem: String)
    /// A key that means nothing there.
    case unknownKey(file: String, key: String, allowed: [String])
    /// A key that must be there.
    case missingKey(file: String, key: String)
    /// A value of another type or outside its range.
    case wrongValue(file: String, key: String, expected: String)
    /// A task that does not exist.
    case unknownTask(name: String, known: [String])
    /// A label set that the task does not declare.
    case unknownLabelSet(task: String, name: String, known: [String])
    /// Labels that can be read in more than one way.
    case ambiguousLabels(task: String, found: [String], readings: [String])
    /// Labels that no label set of the task explains.
    case unknownLabels(task: String, found: [String], readings: [String])

    /// Damaged data of ours is a defect; the rest comes from the user.
    public var kind: FailureKind {
        switch self {
        case .missingFile: .defect
        case .unknownTask: .notFound
        case .unknownLabelSet: .usage
        default: .badInput
        }
    }

    /// What is wrong, where, and what to do.
    public var message: String {
        switch self {
        case .missingFile(let path): "the catalogue has no file \(path)"
        case .notYAML(let file, let line, let problem): "\(file), line \(line): \(problem)"
        case .unknownKey(let file, let key, let allowed):
            "\(file): unknown key \"\(key)\"; known: \(allowed.joined(separator: ", "))"
        case .missingKey(let file, let key): "\(file): the key \"\(key)\" is missing"
        case .wrongValue(let file, let key, let expected): "\(file): \"\(key)\" must be \(expected)"
        case .unknownTask(let name, let known):
            "no task is called \"\(name)\"; known: \(known.joined(separator: ", "))"
        case .unknownLabelSet(let task, let name, let known):
            "task \(task) has no label set \"\(name)\"; known: \(known.joined(separator: ", "))"
        case .ambiguousLabels(let task, let found, let readings):
            "the labels \(Self.list(found)) can be read as \(readings.joined(separator: " or ")) of task \(task); "
                + "say which with --label-set"
        case .unknownLabels(let task, let found, let readings):
            "the labels \(Self.list(found)) are no label set of task \(task), which knows "
                + readings.joined(separator: "; ") + "; rename them, or choose with --label-set"
        }
    }

    private static func list(_ labels: [String]) -> String {
        let shown = labels.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ")
        return labels.count > 12 ? "{\(shown), … \(labels.count) in all}" : "{\(shown)}"
    }
}
