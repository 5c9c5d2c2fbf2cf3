import Testing
import ZooBase
import ZooCheckpoint

@Suite struct NumPyTests {
    static let sound = Fixtures.cases("checkpoints/numpy")
    static let malformed = Fixtures.cases("malformed/numpy")

    @Test func casesAreThere() {
        #expect(Self.sound.count >= 15)
        #expect(Self.malformed.count >= 30)
    }

    @Test(arguments: sound) func soundFileIsRead(_ sound: JSON) throws {
        let file = try #require(sound["file"]?.string)
        let checkpoint = try Checkpoint.open(Fixtures.path("checkpoints/numpy/" + file))
        #expect(checkpoint.format == (file.hasSuffix(".npy") ? "npy" : "npz"))
        try PyTorchReaderTests.compare(checkpoint.tensors, sound["tensors"], file)
        let metadata = try #require(sound["metadata"]?.members).map { MetadataEntry($0.name, $0.value.string ?? "") }
        #expect(checkpoint.metadata == metadata.sorted { ExactString($0.name) < ExactString($1.name) }, "\(file)")
        #expect(checkpoint.unreadable.map(\.name) == sound["unreadable"]?.array?.compactMap(\.string))
    }

    @Test(arguments: malformed) func malformedFileIsRefused(_ fault: JSON) throws {
        let file = try #require(fault["file"]?.string)
        let error = #expect(throws: CheckpointError.self, "\(file)") {
            try Checkpoint.open(Fixtures.path("malformed/numpy/" + file))
        }
        #expect(error?.identifier == fault["error"]?.string, "\(file): \(error?.message ?? "")")
        #expect(error?.message.contains("; ") == true && error?.message.contains("\n") == false)
        #expect(error?.kind == .badInput)
    }

    @Test func packedArraysAreMapped() throws {
        let checkpoint = try Checkpoint.open(Fixtures.path("checkpoints/numpy/orders.npz"))
        #expect(checkpoint["c"]?.mapped != nil && checkpoint["fortran"]?.mapped == nil)
        let compressed = try Checkpoint.open(Fixtures.path("checkpoints/numpy/compressed.npz"))
        #expect(compressed.tensors.allSatisfy { $0.mapped == nil })
    }

    @Test func segmentedFileIsRead() throws {
        for sound in Self.sound {
            let file = try #require(sound["file"]?.string)
            let bytes = try FilePaths.read(Fixtures.path("checkpoints/numpy/" + file))
            let segments = stride(from: 0, to: bytes.count, by: 100).map {
                ByteStorage(copying: Array(bytes[$0..<min($0 + 100, bytes.count)]))
            }
            let checkpoint = try Checkpoint.open(SegmentedBytes(segments), file: file)
            try PyTorchReaderTests.compare(checkpoint.tensors, sound["tensors"], file)
        }
    }

    /// Opens `bytes`; what opens must lie in them, and every tensor must be possible to make or refuse to be.
    static func check(_ bytes: [UInt8]) -> Bool {
        guard let checkpoint = try? Checkpoint.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "x") else {
            return false
        }
        for tensor in checkpoint.tensors {
            guard tensor.info.byteCount <= bytes.count + 100_000_000 else {
                Issue.record("\(tensor.info.byteCount) bytes for a tensor of a file of \(bytes.count)")
                continue
            }
            if let view = try? tensor.view() { #expect(view.range.upperBound <= view.storage.byteCount) }
        }
        return true
    }

    /// No elements, by sizes whose product without the zero would not fit 64 bits.
    @Test func hugeEmptyArrayIsHarmless() throws {
        let sizes = "(0, 4611686018427387904, 4611686018427387904)"
        for order in ["True", "False"] {
            let header = "{'descr': '>f4', 'fortran_order': \(order), 'shape': \(sizes), }"
            let bytes = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
            let checkpoint = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "a.npy")
            #expect(checkpoint["a"]?.info.shape.elementCount == 0 && checkpoint["a"]?.bytes == [])
            let state = StateDict(checkpoint)
            for format in ArchiveWriterTests.writable {
                let written = try format.layout(state, metadata: []).bytes
                let again = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: written)]), file: "f")
                #expect(again["a"]?.info == checkpoint["a"]?.info)
            }
        }
    }

    static let fuzzed = ["version-1.npy", "fortran.npy", "orders.npz", "compressed-orders.npz", "texts.npz"]

    @Test(arguments: fuzzed) func everyPrefixIsRefused(_ file: String) throws {
        let bytes = try FilePaths.read(Fixtures.path("checkpoints/numpy/" + file))
        #expect(Self.check(bytes))
        for count in 0..<bytes.count where Self.check(Array(bytes[..<count])) {
            Issue.record("\(file): the first \(count) bytes are accepted")
        }
    }

    @Test(arguments: fuzzed) func everyFlippedBitIsSafe(_ file: String) throws {
        var bytes = try FilePaths.read(Fixtures.path("checkpoints/numpy/" + file))
        let count = bytes.count
        var accepted = 0
        for place in 0..<count {
            for bit in 0..<8 {
                bytes[place] ^= 1 << bit
                if Self.check(bytes) { accepted += 1 }
                bytes[place] ^= 1 << bit
            }
        }
        #expect(accepted > 0 && accepted < count * 8)
    }
}

@Suite struct ArchiveWriterTests {
    static let writable: [any WritableFormat.Type] = [PyTorchFormat.self, NumPyArchiveFormat.self]

    static func tensors(_ dtypes: [DType]) -> [TensorView] {
        dtypes.map { dtype in
            let bytes = (0..<6 * dtype.bitWidth / 8).map { UInt8($0 % 2) }
            return TensorView("as " + dtype.rawValue, dtype, [3, 2], bytes: bytes)
        }
    }

    /// Dtypes that only some formats have.
    static let notInNumPy: Set<DType> = [.bf16, .f8e4m3, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0]
    static let inNeither: Set<DType> = [.f4, .f6e2m3, .f6e3m2]

    @Test func everyDTypeComesBack() throws {
        let torch = DType.allCases.filter { !Self.inNeither.contains($0) }
        for (format, dtypes) in [
            (Self.writable[0], torch), (Self.writable[1], torch.filter { !Self.notInNumPy.contains($0) }),
        ] {
            let state = try StateDict(Self.tensors(dtypes))
            let bytes = try format.layout(state, metadata: []).bytes
            let checkpoint = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "f")
            #expect(checkpoint.tensors.map(\.info) == state.tensors.map(\.info))
            #expect(checkpoint.tensors.map(\.bytes) == state.tensors.map(\.bytes))
            #expect(checkpoint.tensors.allSatisfy { $0.mapped != nil })
        }
    }

    @Test func whatIsNotHeldIsRefused() throws {
        for dtype in DType.allCases {
            let state = try StateDict([TensorView("x", dtype, [8], bytes: [UInt8](repeating: 0, count: dtype.bitWidth))]
            )
            let refusing = Self.writable.filter { format in (try? format.layout(state, metadata: [])) == nil }
            let expected = Self.inNeither.contains(dtype) ? 2 : Self.notInNumPy.contains(dtype) ? 1 : 0
            #expect(refusing.count == expected, "\(dtype)")
        }
        let error = #expect(throws: CheckpointError.self) {
            try NumPyArchiveFormat.layout(StateDict([TensorView("x", .bf16, [0], bytes: [])]))
        }
        #expect(error?.identifier == "notHeld" && error?.message.contains(#"tensor "x""#) == true)
        let deep = TensorView("x", .u8, [Int](repeating: 1, count: 65), bytes: [1])
        for format in Self.writable {
            #expect(throws: CheckpointError.self) { try format.layout(StateDict([deep]), metadata: []) }
        }
    }

    @Test func orderNamesAndMetadataAreKept() throws {
        let names = ["z", "a.b", "é", "e\u{301}", "x/y", "with space", "a"]
        let state = try StateDict(names.map { TensorView($0, .f32, [1], bytes: [1, 2, 3, 4]) })
        let metadata = [MetadataEntry("b", "2"), MetadataEntry("a", "line\nbreak, é")]
        for format in Self.writable {
            let bytes = try format.layout(state, metadata: metadata).bytes
            let checkpoint = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "f")
            #expect(checkpoint.tensors.map { ExactString($0.info.name) } == names.map { ExactString($0) })
            #expect(checkpoint.metadata == metadata.reversed())
        }
        #expect(throws: CheckpointError.self) {
            try NumPyArchiveFormat.layout(StateDict([TensorView("../x", .u8, [1], bytes: [1])]))
        }
    }

    @Test func convertedTensorsAreWritten() throws {
        let state = try StateDict([TensorView("w", .f32, [1, 2.5, -3] as [Float])]).castingFloats(to: .f16)
        for format in Self.writable {
            let bytes = try format.layout(state, metadata: []).bytes
            let checkpoint = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "f")
            #expect(checkpoint["w"]?.elements(UInt16.self) == [0x3C00, 0x4100, 0xC200])
        }
    }
}
