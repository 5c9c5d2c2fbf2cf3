import Glibc
import ZooBase

/// Reads a file in chunks.
final class ChunkReader {
    static let chunkSize = 1 << 20
    /// Size in bytes when the file was opened.
    let size: Int
    private let path: String
    private let descriptor: Int32

    /// Opens the file at `path`; anything but a regular file is refused, unopened.
    init(_ path: String) throws(StoreError) {
        self.path = path
        // Not blocking: opening a pipe must not wait for its writer.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(FileError("open", path)) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw .file(FileError("stat", path)) }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw .hostileEntry(
                archive: FilePaths.parent(of: path), entry: FilePaths.name(of: path), reason: "is not a regular file")
        }
        size = Int(info.st_size)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit { close(descriptor) }

    /// The next bytes; nil at the end.
    func next() throws(StoreError) -> [UInt8]? {
        var code: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkSize) { buffer, count in
            while true {
                let result = read(descriptor, buffer.baseAddress, buffer.count)
                if result < 0 && errno == EINTR { continue }
                if result < 0 { code = errno }
                count = max(0, result)
                return
            }
        }
        guard code == 0 else { throw .file(FileError("read", path, errno: code)) }
        return chunk.isEmpty ? nil : chunk
    }
}
