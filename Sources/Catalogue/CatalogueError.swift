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

    /// Damaged data of ours is a defect; the rest comes from the user.
    public var kind: FailureKind {
        switch self {
        case .missingFile: .defect
        case .unknownTask: .notFound
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
        }
    }
}
