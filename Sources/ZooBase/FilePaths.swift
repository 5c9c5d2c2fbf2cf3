#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Small questions about paths and files, answered by the system calls themselves.
public enum FilePaths {
    /// The folder that holds `path`; `.` for a bare name.
    public static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component of `path`.
    public static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// `folder/name`.
    public static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// `path` from the root: a relative one starts at the working folder; `.` and trailing slashes go.
    public static func absolute(_ path: String) -> String {
        var folder = "."
        if let working = unsafe getcwd(nil, 0) {
            unsafe folder = String(cString: working)
            unsafe free(working)
        }
        let whole = path.hasPrefix("/") ? path : join(folder, path)
        return "/" + whole.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// Whether something is at `path`.
    public static func exists(_ path: String) -> Bool {
        var info = stat()
        return unsafe stat(path, &info) == 0
    }

    /// Whether nothing is at `path`, for sure: not when the system does not say.
    public static func isMissing(_ path: String) -> Bool {
        var info = stat()
        return unsafe stat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }

    /// Whether a folder is at `path`.
    public static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return unsafe stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether both paths lead to the same file; false when there is none at one of them.
    public static func isSameFile(_ first: String, _ second: String) -> Bool {
        var (left, right) = (stat(), stat())
        return unsafe stat(first, &left) == 0 && stat(second, &right) == 0 && left.st_dev == right.st_dev
            && left.st_ino == right.st_ino
    }

    /// The size in bytes of the file at `path`.
    public static func size(of path: String) throws(FileError) -> Int {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { throw FileError("stat", path) }
        return Int(info.st_size)
    }

    /// The names in the folder at `path`, sorted by bytes, without `.` and `..`.
    public static func list(_ path: String) throws(FileError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw FileError("open folder", path) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        // At the end and when it fails readdir says the same, and only then sets the number of an error.
        errno = 0
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw FileError("read folder", path) }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// Every file below `folder` as a path relative to it, sorted by bytes; follows no symbolic link to a folder.
    public static func listRecursively(_ folder: String) throws(FileError) -> [String] {
        var files: [String] = []
        var pending = [""]
        while let relative = pending.popLast() {
            for name in try list(relative.isEmpty ? folder : join(folder, relative)) {
                let path = relative.isEmpty ? name : join(relative, name)
                var info = stat()
                guard unsafe lstat(join(folder, path), &info) == 0 else { throw FileError("stat", join(folder, path)) }
                if info.st_mode & S_IFMT == S_IFDIR { pending.append(path) } else { files.append(path) }
            }
        }
        return files.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// Makes the folder at `path` and those above it where missing.
    public static func makeFolder(_ path: String) throws(FileError) {
        if path.isEmpty || isFolder(path) { return }
        let parent = parent(of: path)
        if parent != path { try makeFolder(parent) }
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileError("make folder", path) }
    }

    /// Removes the file or folder at `path` with everything in it; nothing there is no error.
    ///
    /// - Parameter leavingNew: whether a folder stays that others put something into meanwhile; else that is an error.
    public static func remove(_ path: String, leavingNew: Bool = false) throws(FileError) {
        var info = stat()
        guard unsafe lstat(path, &info) == 0 else {
            if errno == ENOENT { return }
            throw FileError("stat", path)
        }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try list(path) { try remove(join(path, name), leavingNew: leavingNew) }
            guard unsafe rmdir(path) == 0 || leavingNew && (errno == ENOTEMPTY || errno == EEXIST) else {
                throw FileError("remove", path)
            }
        } else {
            guard unsafe unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
        }
    }

    /// The bytes of the file at `path`, refused when there are more than `limit`.
    public static func read(_ path: String, limit: Int = 1 << 30) throws(FileError) -> [UInt8] {
        let storage = try ByteStorage(mapping: path)
        guard storage.byteCount <= limit else { throw FileError("read", path, errno: EFBIG) }
        return storage.array(0..<storage.byteCount)
    }
}
