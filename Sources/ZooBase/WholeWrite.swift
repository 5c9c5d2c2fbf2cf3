#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A write that ends when every byte is written: the system may take fewer at a time, and may be interrupted.
public enum WholeWrite {
    /// Writes `bytes` to the open file `descriptor`, which errors call `path`: from byte `offset` on, or where it stands.
    ///
    /// - Throws: `FileError`.
    public static func all(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int? = nil, path: String
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count: Int
            if let offset {
                count = unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            } else {
                count = unsafe write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0 && errno == EINTR { continue }
            // Nothing taken and no reason given: to ask for ever would be to hang.
            guard count > 0 else { throw FileError("write", path, errno: count == 0 ? EIO : errno) }
            done += count
        }
    }

    /// Writes `bytes` where the open file `descriptor`, which errors call `path`, stands.
    ///
    /// - Throws: `FileError`.
    public static func all(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileError) {
        let outcome = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(FileError) in try unsafe all(buffer, to: descriptor, path: path) }
        }
        try outcome.get()
    }
}
