import Testing
import ZooBase
import ZooCheckpoint

@Suite struct IdentityTests {
    let a = TensorView("a", .f32, [1, 2] as [Float])
    let b = TensorView("b", .u8, [3] as [UInt8])

    /// The encoding as it is documented, spelled out.
    @Test func weightsDigestIsWhatItSays() {
        let text =
            #"{"format":"zoo weights 1","tensors":[["a","F32",[2],""# + a.digest.hex + #""],["b","U8",[1],""#
            + b.digest.hex + #""]]}"#
        #expect(WeightsDigest.of([a, b]) == ContentDigest(of: text))
        #expect(WeightsDigest.of([b, a]) == ContentDigest(of: text))
        #expect(WeightsDigest.of([a, b]) { $0.info.name == "a" ? a.digest : nil } == ContentDigest(of: text))
    }

    @Test func weightsDigestSeesEveryChange() {
        let others = [
            [a], [a, b.renamed("c")], [a, TensorView("b", .u8, [4] as [UInt8])],
            [a, TensorView("b", .i8, [3] as [Int8])],
            [TensorView("a", .f32, [1, 2], bytes: a.bytes), b],
        ]
        let digests = Set(others.map { WeightsDigest.of($0) } + [WeightsDigest.of([a, b])])
        #expect(digests.count == others.count + 1)
    }

    @Test func inspectionCounts() throws {
        let layout = try SafetensorsLayout([a, b, b.renamed("d"), a.renamed("c"), TensorView("e", .u8, [9] as [UInt8])])
        let checkpoint = try Checkpoint.open(SegmentedBytes([ByteStorage(copying: layout.bytes)]), file: "f")
        let inspection = try Inspection(checkpoint, findDuplicates: true)
        #expect(inspection.duplicates == [["a", "c"], ["b", "d"]])
        #expect(inspection.parameterCount == 7 && inspection.byteCount == 19)
        #expect(inspection.dtypes.map(\.dtype) == [.f32, .u8])
        #expect(try Inspection(checkpoint).json["duplicates"] == nil)
        #expect(inspection.json["tensors"]?[0]?["name"] == "a")
        #expect(inspection.json["metadata"]?["format"] == "pt")
    }
}
