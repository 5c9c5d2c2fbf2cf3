import Testing
import ZooBase
import ZooCheckpoint

/// What fuzzing (`Scripts/fuzz.sh`) found worth keeping is opened again: every input of `Fixtures/fuzz/FORMAT`.
@Suite struct FuzzRegressionTests {
    static func inputs(_ parser: String) throws -> [[UInt8]] {
        let folder = Fixtures.path("fuzz/" + parser)
        return try FilePaths.list(folder).map { try FilePaths.read(FilePaths.join(folder, $0)) }
    }

    @Test(arguments: ["safetensors", "gguf", "torch", "npy", "npz"])
    func checkpointOpensOrIsRefused(_ name: String) throws {
        let format = try #require(Formats.all.first { $0.name == name })
        var opened = 0
        for input in try Self.inputs(name) {
            let file = SegmentedBytes([ByteStorage(copying: input)])
            _ = Segments.cuts(of: file, formats: [format])
            guard let checkpoint = try? Checkpoint.open(file, file: "f" + format.suffix, formats: [format]) else {
                continue
            }
            for tensor in checkpoint.tensors where tensor.info.byteCount <= 1 << 24 {
                #expect(try tensor.view().range.count == tensor.info.byteCount)
            }
            opened += 1
        }
        #expect(opened > 0)
    }

    @Test func indexHoldsTogetherOrIsRefused() throws {
        let shards = try ["a", "b"].enumerated().map { number, name in
            let layout = try SafetensorsLayout([TensorView(name, .u8, [1], bytes: [7])])
            let file = SegmentedBytes([ByteStorage(copying: layout.bytes)])
            return (name: "model-0000\(number + 1)-of-00002.safetensors", bytes: file)
        }
        var opened = 0
        for input in try Self.inputs("index") {
            let index = (name: "model.safetensors.index.json", bytes: SegmentedBytes([ByteStorage(copying: input)]))
            guard let checkpoint = try? Checkpoint.open(files: [index] + shards) else { continue }
            #expect(checkpoint.tensors.count == 2 || checkpoint.files.count == 1)
            opened += 1
        }
        #expect(opened > 0)
    }
}
