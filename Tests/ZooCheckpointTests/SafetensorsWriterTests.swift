import Testing
import ZooBase
import ZooCheckpoint

@Suite struct SafetensorsWriterTests {
    @Test func orderPaddingAndMetadata() throws {
        let layout = try SafetensorsLayout(
            [
                TensorView("z", .u8, [1], bytes: [1]), TensorView("b", .f32, [1], bytes: [2, 2, 2, 2]),
                TensorView("a", .f32, [1], bytes: [3, 3, 3, 3]), TensorView("é", .f64, [0], bytes: []),
            ], metadata: [MetadataEntry("z", "1"), MetadataEntry("a", "\"")])
        let text = String(decoding: layout.header[8...], as: UTF8.self)
        let expected =
            #"{"__metadata__":{"a":"\"","z":"1"},"é":{"dtype":"F64","shape":[0],"data_offsets":[0,0]},"#
            + #""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"#
            + #""data_offsets":[4,8]},"z":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}"#
        #expect(text.hasPrefix(expected))
        #expect(text.utf8.count % 8 == 0)
        #expect(text.utf8.dropFirst(expected.utf8.count).allSatisfy { $0 == UInt8(ascii: " ") })
        #expect(layout.bytes.suffix(9) == [3, 3, 3, 3, 2, 2, 2, 2, 1])
        #expect(layout.byteCount == layout.bytes.count)
    }

    @Test func badNamesAreRefused() {
        let one = TensorView("a", .u8, [1], bytes: [1])
        #expect(throws: CheckpointError.duplicateName(file: "", name: "a")) { try SafetensorsLayout([one, one]) }
        #expect(throws: CheckpointError.reservedName(name: "__metadata__")) {
            try SafetensorsLayout([one.renamed("__metadata__")])
        }
    }

    /// Names that are equal as Swift strings and differ in their bytes.
    @Test func namesAreBytes() throws {
        let names = ["\u{E9}", "e\u{301}"]
        let layout = try SafetensorsLayout(names.map { TensorView($0, .u8, [1], bytes: [UInt8($0.utf8.count)]) })
        let checkpoint = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: layout.bytes)]), file: "f")
        for name in names { #expect(checkpoint[name]?.bytes == [UInt8(name.utf8.count)]) }
    }

    @Test func readsAnyRange() throws {
        let layout = try SafetensorsLayout([
            TensorView("a", .u8, [5], bytes: [1, 2, 3, 4, 5]), TensorView("b", .u8, [0], bytes: []),
            TensorView("c", .u8, [4], bytes: [6, 7, 8, 9]),
        ])
        let whole = layout.bytes
        for start in stride(from: 0, through: whole.count, by: 3) {
            for end in start...whole.count {
                var part: [UInt8] = []
                try layout.read(start..<end) { part += Array($0) }
                #expect(part == Array(whole[start..<end]))
            }
        }
    }

    @Test func savesOverTheFileItReads() throws {
        let folder = try TemporaryFolder()
        let path = FilePaths.join(folder.path, "model.safetensors")
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try SafetensorsLayout([TensorView("a", .u8, [100_000], bytes: bytes)]).write(to: path)
        let checkpoint = try Checkpoint.open(path)
        try SafetensorsLayout(StateDict(checkpoint).renamed { $0 + $0 }).write(to: path)
        #expect(try Checkpoint.open(path)["aa"]?.bytes == bytes)
        #expect(checkpoint["a"]?.bytes == bytes)
        #expect(try FilePaths.list(folder.path) == ["model.safetensors"])
    }

    @Test func convertsWhileWriting() throws {
        let state = try StateDict([TensorView("w", .f32, [1, 2.5, -3] as [Float]), TensorView("n", .i64, [7])])
        let bytes = try SafetensorsLayout(try state.castingFloats(to: .bf16)).bytes
        let checkpoint = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: bytes)]), file: "f")
        #expect(checkpoint["w"]?.elements(UInt16.self) == [0x3F80, 0x4020, 0xC040])
        #expect(checkpoint["n"]?.elements(Int.self) == [7])
    }

    static func shards() throws -> (StateDict, ShardedSafetensors) {
        let state = try StateDict(
            (0..<6).map { TensorView("t\($0)", .u8, [10 * $0], bytes: .init(repeating: 1, count: 10 * $0)) })
        return (state, try ShardedSafetensors(state, shardSize: 45))
    }

    @Test func fillsShardsInOrder() throws {
        let (state, sharded) = try Self.shards()
        #expect(sharded.shards.map(\.name) == (1...4).map { "model-0000\($0)-of-00004.safetensors" })
        #expect(
            sharded.shards.map { $0.layout.entries.map(\.tensor.info.name) } == [
                ["t0", "t1", "t2"], ["t3"], ["t4"], ["t5"],
            ])
        let folder = try TemporaryFolder()
        try sharded.write(to: folder.path)
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.tensors.map(\.info.name) == state.names)
        #expect(checkpoint.files.map(\.tensorCount) == [3, 1, 1, 1])
        let index = try JSONParser.parse(FilePaths.read(FilePaths.join(folder.path, Checkpoint.indexFile)))
        #expect(index["metadata"]?["total_size"]?.integer == 150)
        #expect(try ShardedSafetensors(state).index == nil)
        #expect(try ShardedSafetensors(state).shards.map(\.name) == ["model.safetensors"])
    }

    @Test func indexAndShardsMustAgree() throws {
        let folder = try TemporaryFolder()
        let (_, sharded) = try Self.shards()
        try sharded.write(to: folder.path)
        let index = FilePaths.join(folder.path, Checkpoint.indexFile)
        let names = sharded.shards.map(\.name)
        try sharded.shards[1].layout.write(to: FilePaths.join(folder.path, names[2]))
        #expect(
            throws: CheckpointError.tensorInTwoShards(index: index, tensor: "t3", first: names[1], second: names[2])
        ) {
            try Checkpoint.open(folder.path)
        }
        try SafetensorsLayout([TensorView("u", .u8, [0], bytes: [])]).write(to: FilePaths.join(folder.path, names[2]))
        #expect(throws: CheckpointError.unindexedTensor(index: index, shard: names[2], tensor: "u")) {
            try Checkpoint.open(folder.path)
        }
        try FilePaths.remove(FilePaths.join(folder.path, names[2]))
        #expect(throws: CheckpointError.missingShard(index: index, shard: names[2], tensor: "t4")) {
            try Checkpoint.open(folder.path)
        }
    }

    @Test func opensFilesKeptElsewhere() throws {
        let (state, sharded) = try Self.shards()
        var files = sharded.shards.map { ($0.name, SegmentedBytes([ByteStorage(copying: $0.layout.bytes)])) }
        files.insert((Checkpoint.indexFile, SegmentedBytes([ByteStorage(copying: sharded.index ?? [])])), at: 2)
        #expect(try Checkpoint.open(files: files).tensors.map(\.info.name) == state.names)
        #expect(try Checkpoint.open(files: [files[0]]).tensors.count == 3)
    }
}
