#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder that appears under its name whole or not at all.
///
/// Dropped without `commit`, it leaves nothing.
public struct AtomicFolder: ~Copyable {
    /// The name it will have.
    public let path: String
    /// Where to write its files until then.
    public let workPath: String
    private var isCommitted = false

    /// Begins the folder that will be at `path`; folders above it are made.
    ///
    /// - Throws: `FileError`, also (EEXIST) when something that is not an empty folder has that name.
    public init(at path: String) throws(FileError) {
        var trimmed = path
        while trimmed.count > 1 && trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.path = trimmed
        workPath = AtomicFile.temporaryName(beside: trimmed)
        isCommitted = true  // nothing to remove until the folder is made
        if FilePaths.exists(trimmed) {
            guard FilePaths.isFolder(trimmed), try FilePaths.list(trimmed).isEmpty else {
                throw FileError("create", trimmed, errno: EEXIST)
            }
        }
        try FilePaths.makeFolder(FilePaths.parent(of: trimmed))
        guard unsafe mkdir(workPath, 0o755) == 0 else { throw FileError("make folder", workPath) }
        isCommitted = false
    }

    deinit {
        if !isCommitted { try? FilePaths.remove(workPath) }
    }

    /// Makes every file durable and gives the folder its name.
    public consuming func commit() throws(FileError) {
        for file in try FilePaths.listRecursively(workPath) {
            let inside = FilePaths.join(workPath, file)
            let descriptor = unsafe open(inside, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileError("open", inside) }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw FileError("sync", inside) }
            try AtomicFile.syncFolder(of: inside)
        }
        guard unsafe rename(workPath, path) == 0 else { throw FileError("rename to", path) }
        isCommitted = true
        try AtomicFile.syncFolder(of: path)
    }
}
