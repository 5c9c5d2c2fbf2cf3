import Glibc
import Testing
import ZooBase

@Suite struct WholeWriteTests {
    @Test func bytesGoWhereTheyBelong() throws {
        let path = "/tmp/zoo-test-\(UInt64.random(in: .min ... .max))"
        defer { unlink(path) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try WholeWrite.all(Array("one two".utf8), to: descriptor, path: path)
        try WholeWrite.all([], to: descriptor, path: path)
        let outcome = Array("TWO three".utf8).withUnsafeBytes { bytes in
            Result { () throws(FileError) in try WholeWrite.all(bytes, to: descriptor, at: 4, path: path) }
        }
        try outcome.get()
        #expect(try FilePaths.read(path) == Array("one TWO three".utf8))
    }

    @Test func theReasonIsTheSystems() throws {
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let error = #expect(throws: FileError.self) { try WholeWrite.all([1], to: descriptor, path: "full") }
        #expect(error == FileError("write", "full", errno: ENOSPC))
    }
}
