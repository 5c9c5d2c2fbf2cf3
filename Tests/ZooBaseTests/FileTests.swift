import Foundation
import Testing
import ZooBase

@Suite struct FileTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-\(UUID())").path
    init() throws { try FilePaths.makeFolder(folder) }

    @Test func atomicFileReplacesWhole() throws {
        defer { try? FilePaths.remove(folder) }
        let path = FilePaths.join(folder, "f")
        try AtomicFile.write([1, 2, 3], to: path)
        try AtomicFile.write([4], to: path)
        #expect(try FilePaths.read(path) == [4])
        #expect(try FilePaths.list(folder) == ["f"])
    }

    /// Long enough for the disk to be set to work in between.
    @Test func largeFileIsWrittenInPieces() throws {
        defer { try? FilePaths.remove(folder) }
        let path = FilePaths.join(folder, "f")
        let piece = (0..<11_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var file = try AtomicFile(at: path)
        for _ in 0..<4 { try file.write(piece) }
        try file.commit()
        #expect(try FilePaths.read(path) == piece + piece + piece + piece)
    }

    @Test func abandonedFileLeavesNothing() throws {
        defer { try? FilePaths.remove(folder) }
        do {
            var file = try AtomicFile(at: FilePaths.join(folder, "f"))
            try file.write([1])
        }
        #expect(try FilePaths.list(folder).isEmpty)
    }

    @Test func atomicFolderAppearsWhole() throws {
        defer { try? FilePaths.remove(folder) }
        let path = FilePaths.join(folder, "out/hub/")
        let work = try AtomicFolder(at: path)
        try AtomicFile.write([1], to: FilePaths.join(work.workPath, "x"))
        #expect(!FilePaths.exists(path))
        try work.commit()
        #expect(try FilePaths.listRecursively(path) == ["x"])
        let error = #expect(throws: FileError.self) { _ = try AtomicFolder(at: path) }
        #expect(error?.code == EEXIST)
    }

    @Test func missingFileIsNotFound() {
        let error = #expect(throws: FileError.self) { try ByteStorage(mapping: "/no/such/file") }
        #expect(error?.kind == .notFound)
    }

    @Test func digestIsSHA256() throws {
        // FIPS 180-4 test vector for "abc".
        let digest = ContentDigest(of: "abc")
        #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ContentDigest(hex: digest.hex) == digest)
        #expect(ContentDigest(hex: digest.hex.uppercased()) == nil)
        #expect(ContentDigest(hex: "00") == nil)
    }

    @Test func shapesThatOverflowAreRefused() {
        #expect(Shape(checking: [Int.max, 2]) == nil)
        #expect(Shape(checking: [-1]) == nil)
        #expect(Shape([]).elementCount == 1)
        #expect(TensorInfo(name: "x", dtype: .f4, shape: [3]) == nil)
        #expect(TensorInfo(name: "x", dtype: .f6e2m3, shape: [4])?.byteCount == 3)
    }

    @Test func segmentsReadAsOneFile() {
        let whole: [UInt8] = Array(0..<10)
        let bytes = SegmentedBytes(
            [[], whole[0..<4], [], whole[4..<9], whole[9...], []].map { ByteStorage(copying: Array($0)) })
        for start in 0...10 {
            for end in start...10 {
                let (storage, range) = bytes.window(start..<end)
                #expect(storage.array(range) == Array(whole[start..<end]))
                #expect(bytes.array(start..<end) == Array(whole[start..<end]))
            }
        }
    }
}
