#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Owns bytes that never change: a mapped file or an allocation.
@safe public final class ByteStorage: @unchecked Sendable {
    private let base: UnsafeRawBufferPointer
    private let isMapped: Bool
    private let origin: Origin?

    /// The file that a mapping shows.
    private struct Origin {
        let path: String
        let device: dev_t
        let inode: ino_t
    }

    /// Maps the whole file at `path`, read-only.
    ///
    /// - Throws: `FileError` when the file cannot be opened or mapped, or is a pipe, device or socket.
    public convenience init(mapping path: String) throws(FileError) {
        // Not blocking: opening a pipe must not wait for its writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        try self.init(mapping: descriptor, path: path)
    }

    /// Maps the whole file behind `descriptor`, which may be closed afterwards; `path` is what errors call it.
    ///
    /// - Throws: `FileError` when the file cannot be mapped.
    public init(mapping descriptor: Int32, path: String) throws(FileError) {
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { throw FileError("stat", path) }
        guard info.st_mode & S_IFMT != S_IFDIR else { throw FileError("read", path, errno: EISDIR) }
        // What `open` says of a socket.
        guard info.st_mode & S_IFMT == S_IFREG else { throw FileError("read", path, errno: ENXIO) }
        let count = Int(info.st_size)
        origin = Origin(path: path, device: info.st_dev, inode: info.st_ino)
        guard count > 0 else {
            unsafe base = UnsafeRawBufferPointer(start: nil, count: 0)
            isMapped = false
            return
        }
        guard let start = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe start != MAP_FAILED
        else { throw FileError("map", path) }
        unsafe base = UnsafeRawBufferPointer(start: start, count: count)
        isMapped = true
    }

    /// Allocates `byteCount` zeroed bytes, aligned to 64, and lets `fill` write them once.
    public init<Failure: Error>(
        byteCount: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        do {
            unsafe try fill(memory)
        } catch {
            unsafe memory.deallocate()
            throw error
        }
        unsafe base = UnsafeRawBufferPointer(memory)
        isMapped = false
        origin = nil
    }

    /// Copies `bytes`.
    public convenience init(copying bytes: [UInt8]) {
        unsafe self.init(byteCount: bytes.count) { unsafe $0.copyBytes(from: bytes) }
    }

    deinit {
        if isMapped {
            unsafe munmap(UnsafeMutableRawPointer(mutating: base.baseAddress), base.count)
        } else {
            unsafe base.deallocate()
        }
    }

    /// Number of bytes.
    public var byteCount: Int { unsafe base.count }

    /// Lends all the bytes for the duration of `body`; the pointer must not leave it.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(base)
    }

    /// Copies the bytes in `range`.
    public func array(_ range: Range<Int>) -> [UInt8] { unsafe [UInt8](base[range]) }

    /// A new descriptor, for reading, of the file that is mapped; nil for an allocation, and when another file has its
    /// name by now.
    public func reopen() -> Int32? {
        guard let origin else { return nil }
        let descriptor = unsafe open(origin.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var info = stat()
        if unsafe fstat(descriptor, &info) == 0 && info.st_dev == origin.device && info.st_ino == origin.inode
            && Int(info.st_size) == byteCount
        {
            return descriptor
        }
        close(descriptor)
        return nil
    }

    /// Tells the kernel that the pages of `range` are not needed for now, so that reading a large file through a
    /// mapping does not count them as resident.
    ///
    /// The bytes stay readable.
    public func relinquish(_ range: Range<Int>) {
        guard isMapped, !range.isEmpty else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound == byteCount ? range.upperBound : range.upperBound / page * page
        guard end > start else { return }
        unsafe madvise(UnsafeMutableRawPointer(mutating: base.baseAddress! + start), end - start, MADV_DONTNEED)
    }
}
