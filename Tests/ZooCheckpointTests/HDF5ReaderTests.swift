import Testing
import ZooBase
import ZooCheckpoint

@Suite struct HDF5ReaderTests {
    static let cases = Fixtures.cases("checkpoints/hdf5")

    static func path(_ file: String) -> String { Fixtures.path("checkpoints/hdf5/" + file) }

    /// Name, dtype, shape and digest, as the list of cases spells them.
    static func described(_ tensor: CheckpointTensor) throws -> JSON {
        [
            "name": .string(tensor.info.name), "dtype": .string(tensor.info.dtype.rawValue),
            "shape": .array(tensor.info.shape.dimensions.map(JSON.integer)),
            "sha256": .string(String("\(try tensor.view().digest)".dropFirst("sha256:".count))),
        ]
    }

    @Test(arguments: cases) func validFileIsReadAsH5pyReadsIt(_ given: JSON) throws {
        let file = try #require(given["file"]?.string)
        let checkpoint = try Checkpoint.open(Self.path(file))
        #expect(checkpoint.format == (file.hasSuffix(".keras") ? "keras" : "hdf5"))
        #expect(try checkpoint.tensors.map(Self.described) == given["tensors"]?.array)
        #expect(try checkpoint.optimizerState.map(Self.described) == given["optimizer"]?.array)
        #expect(checkpoint.unreadable.map { JSON.string($0.name) } == given["unreadable"]?.array)
        for member in given["metadata"]?.members ?? [] {
            #expect(checkpoint.metadata(member.name) == member.value.string, "\(member.name)")
        }
        if given["mapped"]?.bool == true {
            #expect(checkpoint.tensors.allSatisfy { $0.mapped != nil || $0.info.byteCount == 0 })
        }
    }

    @Test func thereAreCases() { #expect(Self.cases.count >= 15) }

    @Test func contiguousElementsAreTheFilesOwn() throws {
        let bytes = try SegmentedBytes(mapping: Self.path("plain.h5"))
        let checkpoint = try Checkpoint.open(bytes, file: "plain.h5")
        #expect(checkpoint["special"]?.mapped?.storage === bytes.segments[0])
        let special = try #require(checkpoint["special"]).elements(Float.self)
        #expect(special[0].isNaN && special[1] == .infinity && special[2] == -.infinity)
        #expect(special[3].bitPattern == Float(-0.0).bitPattern)
    }

    /// What stands before the file proper does not hide it, whatever it is called.
    @Test func theSignatureIsFoundBehindAUserBlock() throws {
        let file = SegmentedBytes([ByteStorage(copying: try FilePaths.read(Self.path("user-block.h5")))])
        #expect(!HDF5Format.recognizes(file.array(0..<64), byteCount: file.byteCount))
        let checkpoint = try Checkpoint.open(file, file: "model.bin")
        #expect(checkpoint.format == HDF5Format.name && !checkpoint.tensors.isEmpty)
        let signature = file.array(1024..<1032)
        for (place, isFound) in [(512, true), (1024, true), (4096, true), (1000, false), (1536, false)] {
            let bytes = [UInt8](repeating: 0, count: place) + signature
            #expect((Formats.recognizing(SegmentedBytes([ByteStorage(copying: bytes)])) != nil) == isFound)
        }
    }

    /// A file that the store keeps in pieces is read without being put together.
    @Test(arguments: ["plain.h5", "storage.h5", "keras-3.keras"]) func piecesAreReadAsOneFile(_ file: String) throws {
        let whole = try FilePaths.read(Self.path(file))
        let pieces = stride(from: 0, to: whole.count, by: 1000).map { start in
            ByteStorage(copying: Array(whole[start..<min(start + 1000, whole.count)]))
        }
        let checkpoint = try Checkpoint.open(SegmentedBytes(pieces), file: file)
        let given = try #require(Self.cases.first { $0["file"]?.string == file })
        #expect(try checkpoint.tensors.map(Self.described) == given["tensors"]?.array)
    }

    @Test func aReplacedFileIsReadFromTheMapping() throws {
        let folder = try TemporaryFolder()
        let path = FilePaths.join(folder.path, "x.h5")
        try AtomicFile.write(FilePaths.read(Self.path("storage.h5")), to: path)
        let bytes = try SegmentedBytes(mapping: path)
        try AtomicFile.write([1, 2, 3], to: path)
        let checkpoint = try Checkpoint.open(bytes, file: path)
        let given = try #require(Self.cases.first { $0["file"]?.string == "storage.h5" })
        #expect(try checkpoint.tensors.map(Self.described) == given["tensors"]?.array)
    }

    @Test func elementsAreAskedForByManyAtOnce() async throws {
        let checkpoint = try Checkpoint.open(Self.path("storage.h5"))
        let tensor = try #require(checkpoint["chunked/shuffle"])
        let expected = tensor.bytes
        #expect(expected.count == 560)
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let view = try tensor.view()
                    return view.storage.array(view.range)
                }
            }
            for try await bytes in group { #expect(bytes == expected) }
        }
    }

    @Test func whatCannotBeReadIsExplained() throws {
        let checkpoint = try Checkpoint.open(Self.path("storage.h5"))
        let lzf = try #require(checkpoint.unreadable.first)
        #expect(lzf.name == "lzf" && lzf.reason.contains("filter 32000 (lzf)"))
        let others = try Checkpoint.open(Self.path("others.h5"))
        #expect(others.unreadable.first { $0.name == "round" }?.reason.contains("too many links") == true)
        #expect(others.unreadable.first { $0.name == "compound" }?.description == "compound, 8 bytes")
    }

    @Test func theProducerIsNamed() throws {
        #expect(try Checkpoint.open(Self.path("tf_model.h5")).producer == "Keras 2.10.0 (tensorflow)")
        #expect(try Checkpoint.open(Self.path("plain.h5")).producer == nil)
    }
}
