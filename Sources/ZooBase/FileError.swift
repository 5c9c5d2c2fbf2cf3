#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A system call on a file that failed.
public struct FileError: ZooFailure, Equatable {
    /// What was attempted: `open`, `write`, `rename`, ….
    public let operation: String
    /// The file it was attempted on.
    public let path: String
    /// The system's code.
    public let code: Int32

    /// Describes the failure of `operation` on `path` with the current `errno`, or with `code` when it is given.
    public init(_ operation: String, _ path: String, errno code: Int32? = nil) {
        self.code = code ?? errno
        self.operation = operation
        self.path = path
    }

    /// Not found for a missing file, bad input for a folder, pipe, device or socket in place of a file, usage for a name
    /// that is taken, otherwise a failure of a resource.
    public var kind: FailureKind {
        switch code {
        case ENOENT, ENOTDIR: .notFound
        case EISDIR, ENXIO: .badInput
        case EEXIST: .usage
        default: .resource
        }
    }

    /// What could not be done to which file, and why.
    public var message: String {
        let reason = unsafe code == ENXIO ? "not a regular file" : String(cString: strerror(code))
        let remedy: String
        switch code {
        case ENOSPC, EDQUOT:
            remedy = "; free some space (`zoo gc` removes what nothing needs) and run the command again"
        case EEXIST: remedy = "; choose another place, or remove what is there"
        case EACCES, EPERM: remedy = "; check the permissions of the file and its folder"
        case EROFS: remedy = "; the file system is read-only: choose another place (ZOO_HOME, -o)"
        default: remedy = ""
        }
        return "cannot \(operation) \(path): \(reason)\(remedy)"
    }
}
