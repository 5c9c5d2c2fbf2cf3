#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that appears under its name whole or not at all: temporary file in the same folder, write, fsync, rename,
/// fsync of the folder.
///
/// Dropped without `commit`, it leaves nothing.
public struct AtomicFile: ~Copyable {
    /// The name it will have.
    public let path: String
    /// The name it has until then.
    public let workPath: String
    private var descriptor: Int32
    private let mode: UInt32
    /// Bytes written, and how many of them the kernel was asked to bring to the disk already.
    private var written = 0
    private var underWay = 0

    /// Bytes after which the disk is set to work, so that it and what makes the bytes run side by side.
    private static let stride = 16 << 20

    /// Begins the file that will be at `path` (the folder must exist), with permissions `mode`.
    ///
    /// - Throws: `FileError`.
    public init(at path: String, mode: UInt32 = 0o644) throws(FileError) {
        self.path = path
        self.mode = mode
        let name = Self.temporaryName(beside: path)
        workPath = name
        descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", path) }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unsafe unlink(workPath)
        }
    }

    /// Appends `bytes`.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let count = min(rest.count, Self.stride)
            try unsafe WholeWrite.all(UnsafeRawBufferPointer(rebasing: rest[..<count]), to: descriptor, path: path)
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            written += count
            guard written - underWay >= Self.stride else { continue }
            // Linux begins to write back what it is told is not needed. A hint: what fails is `fsync`'s to say.
            _ = posix_fadvise(descriptor, underWay, written - underWay, POSIX_FADV_DONTNEED)
            underWay = written
        }
    }

    /// Appends `bytes`.
    public mutating func write(_ bytes: [UInt8]) throws(FileError) {
        let outcome = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(FileError) in try unsafe write(buffer) }
        }
        try outcome.get()
    }

    /// Makes the bytes durable and gives the file its name; replaces what has that name.
    public consuming func commit() throws(FileError) {
        guard fchmod(descriptor, mode) == 0 else { throw FileError("set permissions of", path) }
        guard fsync(descriptor) == 0 else { throw FileError("sync", path) }
        close(descriptor)
        descriptor = -1
        guard unsafe rename(workPath, path) == 0 else {
            let code = errno
            unsafe unlink(workPath)
            throw FileError("rename to", path, errno: code)
        }
        try Self.syncFolder(of: path)
    }

    /// Writes `bytes` to `path` in one go.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(FileError) {
        var file = try AtomicFile(at: path, mode: mode)
        try file.write(bytes)
        try file.commit()
    }

    /// Makes the entries of the folder that holds `path` durable.
    public static func syncFolder(of path: String) throws(FileError) {
        let folder = FilePaths.parent(of: path)
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", folder) }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder; they have nothing to lose by it.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError("sync", folder) }
    }

    static func temporaryName(beside path: String) -> String {
        let unique = String(UInt64.random(in: .min ... .max), radix: 36)
        return FilePaths.join(FilePaths.parent(of: path), ".\(FilePaths.name(of: path)).\(unique).tmp")
    }
}
