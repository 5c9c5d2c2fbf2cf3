import ZooBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Opens a file of rows and refuses early what can be no such file.
enum DataFile {
    /// How much of the beginning is looked at.
    static let prefixBytes = 1 << 16
    private static let maximumPipeBytes = 1 << 30

    /// The bytes of the file at `path`: mapped, or read when it is a pipe.
    static func open(_ path: String) throws(DataError) -> ByteStorage {
        do {
            var info = stat()
            let isPipe = unsafe stat(path, &info) == 0 && [S_IFIFO, S_IFCHR, S_IFSOCK].contains(info.st_mode & S_IFMT)
            return isPipe ? try readPipe(path) : try ByteStorage(mapping: path)
        } catch {
            throw .file(error)
        }
    }

    private static func readPipe(_ path: String) throws(FileError) -> ByteStorage {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", path)
            }
            if count == 0 { return ByteStorage(copying: all) }
            all.append(contentsOf: chunk[..<count])
            guard all.count <= maximumPipeBytes else { throw FileError("read", path, errno: EFBIG) }
        }
    }

    /// Throws when `file` is empty or cannot be plain text.
    static func check(_ file: UnsafeRawBufferPointer, path: String) throws(DataError) -> [UInt8] {
        let prefix = unsafe [UInt8](file.prefix(prefixBytes))
        if let what = binaryName(prefix) { throw .notPlainText(path: path, looksLike: what) }
        let text = prefix[unsafe startOfText(file)...]
        guard text.contains(where: { $0 > 0x20 }) || file.count > prefix.count else {
            throw .emptyFile(path: path)
        }
        if text.contains(0x0D), !text.contains(0x0A) { throw .bareCarriageReturns(path: path) }
        return Array(text)
    }

    private static func binaryName(_ prefix: [UInt8]) -> String? {
        if prefix.starts(with: [0xFF, 0xFE]) || prefix.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        if prefix.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return "a zip archive or a spreadsheet" }
        if prefix.starts(with: [0x1F, 0x8B]) { return "a gzip archive" }
        return prefix.contains(0) ? "UTF-16 without a mark, or a binary file" : nil
    }

    /// 3 after a UTF-8 byte order mark, otherwise 0.
    static func startOfText(_ file: UnsafeRawBufferPointer) -> Int {
        unsafe file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Whether the first lines of `prefix` all hold `separator`, equally often.
    static func isTable(_ prefix: [UInt8], separator: UInt8, usesQuotes: Bool) -> Bool {
        var counts: Set<Int> = []
        var count = 0
        var rows = 0
        var isInside = false
        var hasBytes = false
        func end() {
            if hasBytes {
                counts.insert(count)
                rows += 1
            }
            count = 0
            hasBytes = false
        }
        for byte in prefix where rows < 20 {
            if usesQuotes, byte == UInt8(ascii: "\"") { isInside.toggle() }
            if isInside { continue }
            if byte == 0x0A {
                end()
            } else {
                hasBytes = hasBytes || byte > 0x20
                if byte == separator { count += 1 }
            }
        }
        // The last line of a full prefix may be cut.
        if rows == 0 || prefix.count < prefixBytes - 3 { end() }
        return counts.count == 1 && counts.first ?? 0 > 0
    }
}
