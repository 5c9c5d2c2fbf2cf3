import ZooBase

/// The exit codes, documented in `zoo help` and the manual page; a command may throw one to end with it.
enum ExitStatus: Int32, Error {
    case done = 0
    case answerIsNo = 1
    case usage = 2
    case notFound = 3
    case badInput = 4
    case damaged = 5
    case resource = 6
    case defect = 70
    case interrupted = 130
    case terminated = 143

    init(_ kind: FailureKind) {
        self =
            switch kind {
            case .answerIsNo: .answerIsNo
            case .usage: .usage
            case .notFound: .notFound
            case .badInput: .badInput
            case .damaged: .damaged
            case .resource: .resource
            case .defect: .defect
            case .interrupted: Interruption.wasTerminated ? .terminated : .interrupted
            }
    }
}
