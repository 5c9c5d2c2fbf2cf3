public import ZooBase

/// What can go wrong in a verb beyond what its parts report themselves.
public enum KitError: ZooFailure, Equatable {
    /// A model without `config.json`.
    case noConfiguration(source: String)
    /// A `config.json` that cannot be read.
    case invalidConfiguration(source: String, reason: String)
    /// A task that the catalogue does not have.
    case unknownTask(name: String, known: [String])
    /// A task without sample data, and no data given.
    case noSampleData(task: String)
    /// A base without a head, and no task given.
    case noTask(base: String, known: [String])
    /// A verb that needs a head, on a version without one.
    case noHead(version: String)
    /// A model that cannot be built from its files.
    case unusable(source: String, reason: String)
    /// A mirror's name that is taken.
    case mirrorExists(name: String, location: String)
    /// A run that was stopped and can go on.
    case interrupted(run: String, step: Int, stepCount: Int)
    /// A command that was stopped and kept nothing.
    case stopped
    /// A resumed run whose data file changed or is gone.
    case dataChanged(run: String, path: String, expected: String, found: String?)
    /// An export format that does not exist.
    case unknownExporter(name: String, known: [String])
    /// Tensors whose names no map knows.
    case unknownNames(known: [String])
    /// A teacher that this cannot be learnt from.
    case invalidTeacher(String)
    /// A cut that cannot be made.
    case invalidSlice(String)
    /// A head that cannot be attached, taken or relabelled so.
    case invalidHead(String)
    /// Versions that cannot be merged.
    case invalidMerge(String)
    /// A model that gives numbers that are none.
    case notFinite
    /// A file that is to be read and written at once.
    case sameFile(path: String)
    /// A file that would be replaced.
    case exists(path: String)
    /// An option whose value is not one of those possible.
    case invalidOption(name: String, value: String, expected: String)
    /// Options that contradict each other, or ask for nothing.
    case contradiction(String)
    /// A pattern that no tensor matches.
    case noMatch(option: String, pattern: String, source: String)
    /// A derivation that gave other weights when it was repeated.
    case notReproduced(version: String, expected: String, found: String)
    /// A version whose ref cannot be read, and that was to be removed.
    case unreadableVersion(version: String, reason: String)
    /// Two versions whose labels differ and so cannot be compared on data.
    case differentLabels(first: String, second: String)
    /// A line of a JSONL file that is not what it should be.
    case invalidLine(file: String, line: Int, reason: String)
    /// A file that could not be read or written.
    case file(FileError)

    /// The sort of failure.
    public var kind: FailureKind {
        switch self {
        case .noConfiguration, .invalidConfiguration, .unusable, .invalidLine: .badInput
        case .unknownTask, .noMatch: .notFound
        case .unknownExporter, .sameFile, .mirrorExists, .exists, .noSampleData, .noTask, .noHead, .invalidOption,
            .differentLabels, .contradiction:
            .usage
        case .interrupted, .stopped: .interrupted
        case .dataChanged, .unknownNames, .invalidTeacher, .invalidSlice, .invalidHead, .invalidMerge, .notFinite:
            .badInput
        case .notReproduced: .answerIsNo
        case .unreadableVersion: .damaged
        case .file(let error): error.kind
        }
    }

    /// What, where, expected, found, what to do.
    public var message: String {
        switch self {
        case .noConfiguration(let source):
            "\(source) has no config.json, so its architecture is not known; inspect works, training needs the file"
        case .invalidConfiguration(let source, let reason): "config.json of \(source): \(reason)"
        case .unknownTask(let name, let known):
            "no task \"\(name)\"; there are: \(known.joined(separator: ", "))"
        case .noSampleData(let task): "\(task) has no sample data; give rows with --data FILE"
        case .noTask(let base, let known):
            "\(base) has no head yet; say what to train with --task (\(known.joined(separator: ", ")))"
        case .noHead(let version):
            "\(version) is a base without a head; attach one: zoo head \(version) --task sentiment --labels a,b, or train one: "
                + "zoo finetune \(version) --task sentiment --data FILE"
        case .unusable(let source, let reason): "\(source): \(reason)"
        case .sameFile(let path): "\(path) is read and would be written over; give another name with --output"
        case .mirrorExists(let name, let location):
            "mirror \(name) is \(location) already; choose another name, or first: zoo mirror remove \(name)"
        case .interrupted(let run, let step, let stepCount):
            "stopped after step \(step) of \(stepCount); go on with: zoo finetune --resume \(run)"
        case .stopped: "stopped; nothing was kept"
        case .dataChanged(let run, let path, let expected, let found):
            found.map {
                "run \(run) was started with other data: \(path) had \(expected), now has \($0); restore the file, "
                    + "or remove the run (zoo runs rm \(run)) and start again"
            } ?? "run \(run) needs \(path) (\(expected)), which is gone; restore the file, or remove the run"
        case .unknownExporter(let name, let known):
            "--to is an export format, not \"\(name)\"; there are: \(known.joined(separator: ", "))"
        case .unknownNames(let known):
            "no name map knows these tensors; there are maps for: \(known.joined(separator: ", "))"
        case .invalidTeacher(let reason), .invalidSlice(let reason), .invalidHead(let reason),
            .invalidMerge(let reason), .contradiction(let reason):
            reason
        case .notFinite:
            "the result gives outputs that are not finite, and the original's are: its numbers are too large for this "
                + "type; try --dtype bf16 or f32"
        case .exists(let path): "\(path) is there already; choose another name, or replace it with --force"
        case .invalidOption(let name, let value, let expected): "\(name) is \(expected), not \"\(value)\""
        case .unreadableVersion(let version, let reason):
            "\(reason); `zoo verify --heal` tries to put it right, `zoo rm \(version) --force` takes it away"
        case .noMatch(let option, let pattern, let source):
            "\(option): no tensor of \(source) matches \"\(pattern)\"; zoo inspect \(source) --tensors lists them"
        case .notReproduced(let version, let expected, let found):
            "repeating the derivation of \(version) gave other weights: expected \(expected), found \(found); "
                + "compare the kernel sets (zoo lineage \(version), zoo --version)"
        case .differentLabels(let first, let second):
            "the labels differ: \(first) and \(second); compare without --data instead"
        case .invalidLine(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .file(let error): error.message
        }
    }
}
