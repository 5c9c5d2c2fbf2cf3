import Glibc
import ZooBase

/// A lock on a file that the kernel drops when its holder ends, however it ends: no lock is ever stale.
struct Lock: ~Copyable, Sendable {
    enum Mode { case shared, exclusive }
    private let descriptor: Int32

    /// Takes the lock on the file or folder at `path`, waiting at most `seconds`.
    ///
    /// - Throws: `StoreError.locked` with `what` as its first words; `.noLocks` on a file system that has none.
    init(_ path: String, _ mode: Mode, what: String, seconds: Int = 30) throws(StoreError) {
        let isFolder = FilePaths.isFolder(path)
        descriptor = open(path, isFolder ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(FileError("open", path)) }
        let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB
        var milliseconds = 0
        while flock(descriptor, operation) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else {
                close(descriptor)
                if code == ENOLCK || code == EOPNOTSUPP || code == ENOSYS { throw .noLocks(path: path) }
                throw .file(FileError("lock", path, errno: code))
            }
            guard milliseconds < seconds * 1000 else {
                close(descriptor)
                throw .locked(path: path, what: what, seconds: seconds)
            }
            usleep(5_000)
            milliseconds += 5
        }
    }

    deinit { close(descriptor) }

    /// Whether another process or open file holds the lock on `path`.
    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
