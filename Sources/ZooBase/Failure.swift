/// What sort of failure it is; the executable maps each to one documented exit code.
public enum FailureKind: String, Sendable, CaseIterable {
    /// The command asked a question and the answer is no (differs, below a threshold).
    case answerIsNo
    /// Arguments that contradict each other or name nothing.
    case usage
    /// A model, version, alias, task, file or column that is not there.
    case notFound
    /// A file, row, name or number from outside that cannot be used.
    case badInput
    /// Stored bytes that do not match their digest, or a store that contradicts itself.
    case damaged
    /// I/O, network, memory, disk space, permissions, a lock.
    case resource
    /// A defect of this program.
    case defect
    /// Stopped by SIGINT or SIGTERM.
    case interrupted
}

/// An error a user may see: it knows its kind and says what, where, what was expected and what to do.
public protocol ZooFailure: Error, Sendable, CustomStringConvertible {
    /// The sort of failure.
    var kind: FailureKind { get }
    /// One line: what, where, expected, found, remedy.
    var message: String { get }
}

extension ZooFailure {
    /// The message.
    public var description: String { message }
}
