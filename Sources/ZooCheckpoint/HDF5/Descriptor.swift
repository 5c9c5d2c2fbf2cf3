internal import CBytes
internal import ZooBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An open file, closed when nobody has it any more; no other program inherits it.
final class Descriptor: Sendable {
    /// Its number.
    let number: Int32

    /// Takes the open file `number`.
    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// The same open file under a number of at least `least`.
    func copy(from least: Int32) throws(FileError) -> Descriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, least)
        guard copy >= 0 else { throw FileError("open", "a stream") }
        return Descriptor(copy)
    }

    /// A stream with two ends that are alike.
    static func sockets() throws(FileError) -> (Descriptor, Descriptor) {
        var pair: (Int32, Int32) = (-1, -1)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let code = unsafe withUnsafeMutablePointer(to: &pair) {
            unsafe $0.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe socketpair(AF_UNIX, kind, 0, $0) }
        }
        guard code == 0 else { throw FileError("open", "a stream") }
        return (Descriptor(pair.0), Descriptor(pair.1))
    }

    /// A file in memory that holds `bytes`.
    static func memory(_ bytes: ByteStorage?) throws(FileError) -> Descriptor {
        let number = bytes_memory_file()
        guard number >= 0 else { throw FileError("create", "a file in memory") }
        let descriptor = Descriptor(number)
        let outcome = unsafe bytes?.withUnsafeBytes { all in
            Result { () throws(FileError) in try unsafe WholeWrite.all(all, to: number, path: "a file in memory") }
        }
        try outcome?.get()
        return descriptor
    }
}
