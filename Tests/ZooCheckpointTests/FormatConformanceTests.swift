import Testing
import ZooBase
import ZooCheckpoint

/// What every format in the list must do.
@Suite struct FormatConformanceTests {
    static let numbers = Array(Formats.all.indices)
    let noise = SegmentedBytes([ByteStorage(copying: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ 31) })])

    @Test func namesDiffer() {
        let (names, suffixes) = (Formats.all.map { $0.name }, Formats.all.map { $0.suffix })
        #expect(Set(names).count == names.count)
        #expect(suffixes.allSatisfy { $0.hasPrefix(".") })
    }

    @Test(arguments: numbers) func refusesWhatIsNotItsOwn(_ number: Int) {
        let format = Formats.all[number]
        // The macro cannot call static members of a metatype, so the calls stand outside.
        let recognized = [
            format.recognizes([], byteCount: 0), format.recognizes(noise.array(0..<64), byteCount: noise.byteCount),
        ]
        #expect(recognized == [false, false])
        let ranges = format.tensorRanges(in: noise)
        #expect(ranges == nil)
        for bytes in [noise, SegmentedBytes([])] {
            #expect(throws: CheckpointError.self) { _ = try Checkpoint.open(bytes, file: "f", formats: [format]) }
            #expect(throws: CheckpointError.self) {
                _ = try Checkpoint.open(bytes, file: "f" + format.suffix, formats: [format])
            }
        }
    }

    @Test(arguments: numbers) func readsWhatItWrites(_ number: Int) throws {
        guard let format = Formats.all[number] as? any WritableFormat.Type else { return }
        let state = try StateDict([
            TensorView("x.weight", .f32, [2, 3], bytes: Array(0..<24)),
            TensorView("x.bias", .f32, [], bytes: [1, 2, 3, 4]),
            TensorView("empty", .f32, [0], bytes: []),
        ])
        let layout = try format.layout(state, metadata: [MetadataEntry("k", "v")])
        let bytes = layout.bytes
        let again = try format.layout(state, metadata: [MetadataEntry("k", "v")]).bytes
        #expect(again == bytes)
        let file = SegmentedBytes([ByteStorage(copying: bytes)])
        let (name, recognized, ranges) = (format.name, Formats.recognizing(file)?.name, format.tensorRanges(in: file))
        #expect(recognized == name)
        let checkpoint = try Checkpoint.open(file, file: "f")
        #expect(checkpoint.format == name && checkpoint.metadata("k") == "v")
        for tensor in state.tensors {
            #expect(checkpoint[tensor.info.name]?.info == tensor.info)
            #expect(checkpoint[tensor.info.name]?.bytes == tensor.bytes)
        }
        if let ranges { #expect(ranges.map(\.count) == checkpoint.tensors.map(\.info.byteCount)) }
        #expect(Segments.cuts(of: file) == layout.cuts)
    }

    /// There and back the elements and their dtype are the same for every dtype that a format holds; it refuses the others and
    /// names the tensor.
    @Test(arguments: numbers) func everyDTypeComesBackOrIsRefusedByName(_ number: Int) throws {
        guard let format = Formats.all[number] as? any WritableFormat.Type else { return }
        var held: [DType] = []
        for dtype in DType.allCases {
            // Eight elements of any width are whole bytes; in booleans each byte is 0 or 1.
            let bytes = (0..<dtype.bitWidth).map { UInt8($0 % 2) }
            let tensor = TensorView("the only one", dtype, [2, 4], bytes: bytes)
            let layout: any FileLayout
            do { layout = try format.layout(StateDict([tensor]), metadata: []) } catch {
                #expect(error.message.contains("the only one"), "\(dtype)")
                continue
            }
            held.append(dtype)
            let file = SegmentedBytes([ByteStorage(copying: layout.bytes)])
            let back = try Checkpoint.open(file, file: "f")
            let digest = try WeightsDigest.of(back.tensors)
            #expect(digest == WeightsDigest.of([tensor]), "\(dtype)")
        }
        #expect(held.count >= 12 && held.contains(.f32) && held.contains(.bool))
    }
}
