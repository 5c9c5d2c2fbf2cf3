import Testing
import ZooBase
import ZooCheckpoint

@Suite struct HDF5WriterTests {
    static func tensor(_ name: String, _ dtype: DType, _ shape: [Int]) -> TensorView {
        let count = TensorInfo(name: name, dtype: dtype, shape: Shape(shape))!.byteCount
        return TensorView(name, dtype, shape, bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    }

    static func open(_ layout: any FileLayout) throws -> Checkpoint {
        try Checkpoint.open(SegmentedBytes([ByteStorage(copying: layout.bytes)]), file: "x.h5")
    }

    static let dtypes: [DType] = [
        .u64, .i64, .f64, .c64, .f32, .u32, .i32, .bf16, .f16, .u16, .i16, .i8, .u8,
    ]

    @Test func everyTypeComesBack() throws {
        var tensors = Self.dtypes.map { Self.tensor("types/\($0.rawValue)", $0, [3, 5]) }
        tensors.append(TensorView("types/BOOL", .bool, [2], bytes: [0, 1]))
        tensors += [
            Self.tensor("größe", .f32, [300]), Self.tensor("deep/er/scalar", .f64, []), Self.tensor("no", .i8, [0]),
        ]
        let layout = try HDF5Format.layout(StateDict(tensors))
        let checkpoint = try Self.open(layout)
        #expect(checkpoint.tensors.count == tensors.count && checkpoint.unreadable.isEmpty)
        for tensor in tensors {
            let found = try #require(checkpoint[tensor.info.name])
            #expect(found.info == tensor.info)
            #expect(found.bytes == tensor.bytes)
            #expect(found.mapped != nil || tensor.info.byteCount == 0)
        }
        #expect(try HDF5Format.layout(StateDict(tensors)).bytes == layout.bytes)
    }

    @Test func anyRangeIsTheSameAsTheWhole() throws {
        let layout = try HDF5Format.layout(
            StateDict([Self.tensor("a/x", .f32, [700]), Self.tensor("b/y", .u8, [5]), Self.tensor("c/z", .i64, [90])]))
        let whole = layout.bytes
        for start in stride(from: 0, to: whole.count, by: 509) {
            var part: [UInt8] = []
            try layout.read(start..<min(start + 1200, whole.count)) { part += Array($0) }
            #expect(part == Array(whole[start..<min(start + 1200, whole.count)]))
        }
    }

    /// Only the elements that are asked for are made, and the holes take no memory.
    @Test func aLargeFileIsLaidOutWithoutItsElements() throws {
        let info = try #require(TensorInfo(name: "large", dtype: .f32, shape: [3 << 30]))
        let large = unsafe CheckpointTensor(info) { _ in Issue.record("nobody asked for it") }
        let layout = try HDF5Format.layout(StateDict([large]))
        #expect(layout.byteCount > 12 << 30)
        var head: [UInt8] = []
        try layout.read(0..<8) { head += Array($0) }
        #expect(head == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    }

    @Test(arguments: [
        "keras-legacy.h5", "keras-3.weights.h5", "lists-in-pieces.h5", "tf_model.h5", "bfloat16-legacy.h5",
    ])
    func layersComeBackThroughAnotherFormat(_ file: String) throws {
        let original = try Checkpoint.open(HDF5ReaderTests.path(file))
        let between = try SafetensorsFormat.layout(StateDict(original), metadata: original.metadata).bytes
        let middle = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: between)]), file: "m")
        let direct = try Self.open(HDF5Format.layout(StateDict(original), metadata: original.metadata))
        let again = try Self.open(HDF5Format.layout(StateDict(middle), metadata: middle.metadata))
        for checkpoint in [direct, again] {
            #expect(
                try checkpoint.tensors.map(HDF5ReaderTests.described) == original.tensors.map(HDF5ReaderTests.described)
            )
            #expect(checkpoint.metadata("layer_names") == original.metadata("layer_names"))
            #expect(checkpoint.producer == original.producer)
        }
    }

    @Test func namesOfLayersAndWeightsAreListed() throws {
        let state = try StateDict([
            Self.tensor("dense/kernel:0", .f32, [2, 2]), Self.tensor("dense/bias:0", .f32, [2]),
            Self.tensor("out/scope/kernel:0", .f32, [2, 1]),
        ])
        let checkpoint = try Self.open(HDF5Format.layout(state, metadata: [MetadataEntry("model_config", "{}")]))
        #expect(checkpoint.metadata("layer_names") == #"["dense","out"]"#)
        #expect(checkpoint.metadata("dense@weight_names") == #"["kernel:0","bias:0"]"#)
        #expect(checkpoint.metadata("out@weight_names") == #"["scope/kernel:0"]"#)
        #expect(checkpoint.metadata("model_config") == "{}")
        #expect(checkpoint.tensors.map(\.info.name) == state.names)
    }

    /// Lists of more than 64 KB are cut, and texts of that length are no attribute of one piece.
    @Test func longListsAndTextsComeBack() throws {
        let tensors = (0..<2500).map { Self.tensor("layer/a rather long name of a weight \($0)/kernel:0", .f32, [1]) }
        let long = String(repeating: "ä\"", count: 100_000)
        let checkpoint = try Self.open(
            HDF5Format.layout(StateDict(tensors), metadata: [MetadataEntry("long", long), MetadataEntry("none", "")]))
        #expect(checkpoint.tensors.map(\.info.name) == tensors.map(\.info.name))
        #expect(checkpoint.metadata("long") == long && checkpoint.metadata("none") == "")
    }

    @Test(arguments: ["/a", "a//b", "a/", "", "a/./b", "a\0b", "x", "x/y/z"]) func namesThatAreNoPathsAreRefused(
        _ name: String
    ) throws {
        let state = try StateDict([Self.tensor("x/y", .u8, [1]), Self.tensor(name, .u8, [1])])
        let error = #expect(throws: CheckpointError.self) { _ = try HDF5Format.layout(state) }
        #expect(error?.identifier == "reservedName")
    }

    @Test func typesThatHDF5LacksAreRefused() throws {
        for dtype in DType.allCases where dtype != .bool && !Self.dtypes.contains(dtype) {
            let state = try StateDict([Self.tensor("t", dtype, [8])])
            let error = #expect(throws: CheckpointError.self) { _ = try HDF5Format.layout(state) }
            #expect(error?.identifier == "hdf5NoType")
            #expect(error?.message.contains(dtype.rawValue) == true)
        }
        let deep = try StateDict([Self.tensor("t", .u8, Array(repeating: 1, count: 33))])
        #expect(throws: CheckpointError.self) { _ = try HDF5Format.layout(deep) }
    }
}
