import Testing
import ZooBase
import ZooCheckpoint

@Suite struct SafetensorsReaderTests {
    static let malformed = Fixtures.cases("malformed/safetensors")
    static let sound = Fixtures.cases("checkpoints/safetensors")

    @Test func casesAreThere() {
        #expect(Self.malformed.count >= 90)
        #expect(Self.sound.count >= 15)
    }

    @Test(arguments: malformed) func malformedFileIsRefused(_ fault: JSON) throws {
        let file = try #require(fault["file"]?.string)
        let error = #expect(throws: CheckpointError.self, "\(file)") {
            try Checkpoint.open(Fixtures.path("malformed/safetensors/" + file))
        }
        #expect(error?.identifier == fault["error"]?.string, "\(file): \(error?.message ?? "")")
        #expect(error?.message.contains("; ") == true && error?.message.contains("\n") == false)
        #expect(error?.kind == .badInput)
    }

    @Test(arguments: sound) func soundFileIsRead(_ sound: JSON) throws {
        let file = try #require(sound["file"]?.string)
        let checkpoint = try Checkpoint.open(Fixtures.path("checkpoints/safetensors/" + file))
        let tensors = try #require(sound["tensors"]?.array)
        #expect(checkpoint.tensors.count == tensors.count)
        for tensor in tensors {
            let name = try #require(tensor["name"]?.string)
            let view = try #require(checkpoint[name]).view()
            #expect(view.info.dtype.rawValue == tensor["dtype"]?.string)
            #expect(view.info.shape.dimensions == tensor["shape"]?.array?.compactMap(\.integer))
            #expect(view.digest.hex == tensor["sha256"]?.string)
        }
        let metadata = try #require(sound["metadata"]?.members).map { MetadataEntry($0.name, $0.value.string ?? "") }
        #expect(checkpoint.metadata == metadata.sorted { ExactString($0.name) < ExactString($1.name) })
        if sound["canonical"]?.bool == true {
            let layout = try SafetensorsLayout(StateDict(checkpoint), metadata: checkpoint.metadata)
            #expect(try layout.bytes == FilePaths.read(Fixtures.path("checkpoints/safetensors/" + file)), "\(file)")
        }
    }

    /// Tensors of several dtypes, one empty, one scalar, and metadata.
    static func small() throws -> [UInt8] {
        try SafetensorsLayout([
            TensorView("a", .f32, [2, 2], bytes: Array(0..<16)), TensorView("b", .i64, [], bytes: Array(0..<8)),
            TensorView("c", .bf16, [0, 3], bytes: []), TensorView("d", .u8, [3], bytes: [1, 2, 3]),
            TensorView("e", .f4, [2], bytes: [7]),
        ]).bytes
    }

    /// Opens `bytes`; what opens must lie in them, one tensor after the other.
    static func check(_ bytes: [UInt8]) -> Bool {
        guard
            let checkpoint = try? SafetensorsFormat.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "x")
        else { return false }
        for tensor in checkpoint.tensors {
            #expect(tensor.mapped != nil)
            #expect(tensor.bytes.count == tensor.info.byteCount)
        }
        #expect(checkpoint.byteCount <= bytes.count)
        _ = Segments.cuts(of: SegmentedBytes([ByteStorage(copying: bytes)]))
        return true
    }

    @Test func everyPrefixIsRefused() throws {
        let bytes = try Self.small()
        #expect(Self.check(bytes))
        for count in 0..<bytes.count { #expect(!Self.check(Array(bytes[..<count])), "\(count) bytes") }
    }

    @Test func everyFlippedBitIsSafe() throws {
        let bytes = try Self.small()
        var accepted = 0
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << bit
                if Self.check(damaged) { accepted += 1 }
            }
        }
        // A bit of a tensor's bytes or of a name can change unnoticed; most of a header cannot.
        #expect(accepted >= 28 * 8)
        #expect(accepted < bytes.count * 4)
    }

    @Test func recognizesContentNotSuffix() throws {
        let folder = try TemporaryFolder()
        let path = FilePaths.join(folder.path, "weights.dat")
        try AtomicFile.write(Self.small(), to: path)
        #expect(try Checkpoint.open(path).tensors.count == 5)
        try AtomicFile.write(Array("version https://git-lfs".utf8), to: path)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect(error == .unknownFormat(file: path))
        #expect(throws: CheckpointError.noWeights(folder: folder.path)) { try Checkpoint.open(folder.path) }
        let missing = #expect(throws: CheckpointError.self) { try Checkpoint.open(path + "x") }
        #expect(missing?.kind == .notFound)
    }

    @Test func unknownFieldIsRefused() {
        var bytes = Array(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#.utf8)
        bytes = [UInt8(bytes.count), 0, 0, 0, 0, 0, 0, 0] + bytes + [0]
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "f")
        }
        #expect(error == .invalidEntry(file: "f", tensor: "a", detail: .unknown(field: "x")))
    }
}
