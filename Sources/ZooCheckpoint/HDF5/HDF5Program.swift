internal import ZooBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The program whose hidden verb runs libhdf5.
enum HDF5Program {
    /// This program when its name begins with `zoo`, else the `zoo` beside it (which is where tests find it); nil without either.
    static let path: String? = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // A copy may be called zoo-0.2, and the link of a program that has been replaced ends in " (deleted)".
        let name = FilePaths.name(of: own)
        if name.hasPrefix("zoo"), !name.contains(".xctest") { return "/proc/self/exe" }
        let beside = FilePaths.join(FilePaths.parent(of: own), "zoo")
        return FilePaths.exists(beside) ? beside : nil
    }()

    /// What it needs to start, and what keeps it to one thread and quiet; nothing else of ours.
    static let environment: [String] = {
        let fixed = [
            "HDF5_PLUGIN_PRELOAD=::", "HDF5_USE_FILE_LOCKING=FALSE", "LC_ALL=C", "MALLOC_ARENA_MAX=1",
            "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "SWIFT_BACKTRACE=enable=no",
        ]
        guard let libraries = unsafe getenv("LD_LIBRARY_PATH") else { return fixed }
        return unsafe fixed + ["LD_LIBRARY_PATH=" + String(cString: libraries)]
    }()
}
