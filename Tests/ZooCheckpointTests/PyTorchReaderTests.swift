import Foundation
import Testing
import ZooBase
import ZooCheckpoint

@Suite struct PyTorchReaderTests {
    static let sound = Fixtures.cases("checkpoints/torch")
    static let malformed = Fixtures.cases("malformed/torch")

    @Test func casesAreThere() {
        #expect(Self.sound.count >= 20)
        #expect(Self.malformed.count >= 50)
    }

    /// Whether `tensors` are those that `expected` describes, in that order.
    static func compare(_ tensors: [CheckpointTensor], _ expected: JSON?, _ file: String) throws {
        let expected = try #require(expected?.array)
        #expect(tensors.map(\.info.name) == expected.map { $0["name"]?.string }, "\(file)")
        for (tensor, expected) in zip(tensors, expected) {
            #expect(tensor.info.dtype.rawValue == expected["dtype"]?.string, "\(file): \(tensor.info.name)")
            #expect(tensor.info.shape.dimensions == expected["shape"]?.array?.compactMap(\.integer))
            #expect(try tensor.view().digest.hex == expected["sha256"]?.string, "\(file): \(tensor.info.name)")
        }
    }

    @Test(arguments: sound) func soundFileIsRead(_ sound: JSON) throws {
        let file = try #require(sound["file"]?.string)
        let checkpoint = try Checkpoint.open(Fixtures.path("checkpoints/torch/" + file))
        #expect(checkpoint.format == "torch")
        try Self.compare(checkpoint.tensors, sound["tensors"], file)
        try Self.compare(checkpoint.optimizerState, sound["optimizerState"], file)
        let metadata = try #require(sound["metadata"]?.members).map { MetadataEntry($0.name, $0.value.string ?? "") }
        #expect(checkpoint.metadata == metadata.sorted { ExactString($0.name) < ExactString($1.name) }, "\(file)")
        #expect(checkpoint.unreadable.map(\.name) == sound["unreadable"]?.array?.compactMap(\.string))
    }

    @Test(arguments: malformed) func malformedFileIsRefused(_ fault: JSON) throws {
        let file = try #require(fault["file"]?.string)
        let error = #expect(throws: CheckpointError.self, "\(file)") {
            try Checkpoint.open(Fixtures.path("malformed/torch/" + file))
        }
        #expect(error?.identifier == fault["error"]?.string, "\(file): \(error?.message ?? "")")
        #expect(error?.message.contains("; ") == true && error?.message.contains("\n") == false)
        #expect(error?.kind == .badInput)
        if let named = fault["names"]?.string { #expect(error?.message.contains(named) == true, "\(file)") }
    }

    @Test func packedTensorsAreMapped() throws {
        for file in ["state-dict.pt", "legacy.pt", "protocol-4.pt", "tied.pt"] {
            let checkpoint = try Checkpoint.open(Fixtures.path("checkpoints/torch/" + file))
            #expect(checkpoint.tensors.allSatisfy { $0.mapped != nil }, "\(file)")
        }
        let strided = try Checkpoint.open(Fixtures.path("checkpoints/torch/strided.pt"))
        #expect(strided["row"]?.mapped != nil && strided["column"]?.mapped == nil)
    }

    @Test func refusedFileIsSurveyed() throws {
        let path = Fixtures.path("malformed/torch/global-beside-tensors.pt")
        let survey = try PyTorchFormat.survey(SegmentedBytes(mapping: path), file: path)
        #expect(survey.tensors.isEmpty)
        #expect(survey.unreadable.map(\.name) == ["weight", "bias"])
        #expect(survey.unreadable.map(\.description) == ["F32 [2, 2]", "F32 [2]"])
        #expect(survey.unreadable.allSatisfy { $0.reason == #"data.pkl asks for "os.system""# })
        let sound = Fixtures.path("checkpoints/torch/state-dict.pt")
        #expect(try PyTorchFormat.survey(SegmentedBytes(mapping: sound), file: sound).tensors.count == 2)
    }

    /// One tensor under two names stays one: it is told, counted once, and written once.
    @Test func tiedTensorsStayTied() throws {
        let tied = try Checkpoint.open(Fixtures.path("checkpoints/torch/tied.pt"))
        #expect(tied.tensors.tied == [["a", "b"]])
        let inspection = try Inspection(tied)
        #expect(inspection.tied == [["a", "b"]] && inspection.byteCount == 48 && inspection.tensors.count == 2)
        for state in [StateDict(tied), try StateDict(tied).castingFloats(to: .f16)] {
            let layout = try PyTorchFormat.layout(state)
            let again = try Checkpoint.open(
                SegmentedBytes([ByteStorage(copying: layout.bytes)]), file: "again.pt")
            #expect(again.tensors.tied == [["a", "b"]])
            #expect(zip(again.tensors, state.tensors).allSatisfy { $0.info == $1.info && $0.bytes == $1.bytes })
        }
        let parts = try Checkpoint.open(Fixtures.path("checkpoints/torch/strided.pt"))
        #expect(parts.tensors.tied.isEmpty)
    }

    @Test func folderOfShardsIsFound() throws {
        let folder = Fixtures.path("checkpoints/torch/sharded")
        #expect(try Checkpoint.open(folder).files.count == 2)
        let single = try TemporaryFolder()
        let state = try StateDict([TensorView("a", .f32, [1.5] as [Float])])
        try PyTorchFormat.layout(state).write(to: FilePaths.join(single.path, "pytorch_model.bin"))
        #expect(try Checkpoint.open(single.path).format == "torch")
        try SafetensorsFormat.layout(state).write(to: FilePaths.join(single.path, "model.safetensors"))
        #expect(try Checkpoint.open(single.path).format == "safetensors")
    }

    /// Files kept in the store come in segments.
    @Test func segmentedFileIsRead() throws {
        for sound in Self.sound {
            guard let file = sound["file"]?.string, file.hasSuffix(".pt") else { continue }
            let bytes = try FilePaths.read(Fixtures.path("checkpoints/torch/" + file))
            let segments = stride(from: 0, to: bytes.count, by: 100).map {
                ByteStorage(copying: Array(bytes[$0..<min($0 + 100, bytes.count)]))
            }
            let checkpoint = try Checkpoint.open(SegmentedBytes(segments), file: file)
            try Self.compare(checkpoint.tensors, sound["tensors"], file)
        }
    }

    /// Opens `bytes`; what opens must lie in them, and every tensor must be possible to make.
    static func check(_ bytes: [UInt8]) -> Bool {
        let file = SegmentedBytes([ByteStorage(copying: bytes)])
        guard let checkpoint = try? PyTorchFormat.open(file, file: "x") else { return false }
        for tensor in checkpoint.tensors + checkpoint.optimizerState {
            if let view = tensor.mapped { #expect(view.range.upperBound <= view.storage.byteCount) }
            guard tensor.info.byteCount <= bytes.count + 100_000_000 else {
                Issue.record("\(tensor.info.byteCount) bytes for a tensor of a file of \(bytes.count)")
                continue
            }
            if let view = try? tensor.view() { #expect(view.range.count == tensor.info.byteCount) }
        }
        return true
    }

    /// Sizes and strides that mean nothing where there is one element, or none.
    @Test func strangeStridesAreHarmless() throws {
        let checkpoint = try Checkpoint.open(Fixtures.path("checkpoints/torch/strange-strides.pt"))
        #expect(checkpoint["unit"]?.elements(Float.self) == [0, 2])
        #expect(checkpoint["none"]?.info.shape.elementCount == 0 && checkpoint["none"]?.bytes == [])
    }

    static let fuzzed = ["state-dict.pt", "legacy-strided.pt", "deflated.pt"]

    @Test(arguments: fuzzed) func everyPrefixIsRefused(_ file: String) throws {
        let bytes = try FilePaths.read(Fixtures.path("checkpoints/torch/" + file))
        #expect(Self.check(bytes))
        for count in 0..<bytes.count where Self.check(Array(bytes[..<count])) {
            Issue.record("\(file): the first \(count) bytes are accepted")
        }
    }

    @Test(arguments: fuzzed) func everyFlippedBitIsSafe(_ file: String) throws {
        let bytes = try FilePaths.read(Fixtures.path("checkpoints/torch/" + file))
        var accepted = 0
        var damaged = bytes
        for place in bytes.indices {
            for bit in 0..<8 {
                damaged[place] ^= 1 << bit
                if Self.check(damaged) { accepted += 1 }
                damaged[place] ^= 1 << bit
            }
        }
        #expect(accepted > 0 && accepted < bytes.count * 8)
    }

    @Test func largeTablesOpenQuickly() throws {
        let tensors = (0..<1000).map { TensorView("layer.\($0).weight", .f32, [Float($0)]) }
        let bytes = try PyTorchFormat.layout(StateDict(tensors)).bytes
        let file = SegmentedBytes([ByteStorage(copying: bytes)])
        let clock = ContinuousClock()
        let start = clock.now
        let checkpoint = try PyTorchFormat.open(file, file: "x")
        let time = clock.now - start
        #expect(checkpoint.tensors.count == 1000)
        // Three hundredths of this on a quiet machine.
        #expect(time < .seconds(1))
    }
}

/// Real files, where they are at hand: `ZOO_TEST_DATA` is the folder that holds them.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ZOO_TEST_DATA"] != nil)) struct PublishedTorchFileTests {
    let folder = ProcessInfo.processInfo.environment["ZOO_TEST_DATA"] ?? ""

    @Test(arguments: [
        ("resnet_cifar10/resnet20-12fca82f.th", 97), ("mtcnn/pnet.pt", 13), ("lpips/v0.1/alex.pth", 5),
        ("mnist_torch/mnist_classifier/weights/lenet_epoch=12_test_acc=0.991.pth", 10),
    ]) func opens(_ file: String, _ count: Int) throws {
        let checkpoint = try Checkpoint.open(FilePaths.join(folder, file))
        #expect(checkpoint.format == "torch" && checkpoint.unreadable.isEmpty)
        #expect(checkpoint.tensors.count == count)
        #expect(checkpoint.tensors.allSatisfy { $0.bytes.count == $0.info.byteCount })
    }

    @Test func resNet20() throws {
        let checkpoint = try Checkpoint.open(FilePaths.join(folder, "resnet_cifar10/resnet20-12fca82f.th"))
        let weights = checkpoint.tensors.filter { $0.info.dtype == .f32 && $0.info.shape.rank == 4 }
        #expect(weights.count == 19)
        #expect(checkpoint["state_dict.module.conv1.weight"]?.info.shape == [16, 3, 3, 3])
        #expect(checkpoint["state_dict.module.linear.weight"]?.info.shape == [10, 64])
    }
}
