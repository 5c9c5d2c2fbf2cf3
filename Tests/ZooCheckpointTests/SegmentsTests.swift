import Testing
import ZooBase
import ZooCheckpoint

@Suite struct SegmentsTests {
    static func layout() throws -> SafetensorsLayout {
        let sizes = [10, 70_000, 0, 65_536, 65_535, 20, 100_000]
        return try SafetensorsLayout(
            sizes.enumerated().map { TensorView("t\($0)", .u8, [$1], bytes: .init(repeating: UInt8($0), count: $1)) })
    }

    @Test func largeTensorsAreSegmentsOfTheirOwn() throws {
        let layout = try Self.layout()
        let header = layout.header.count
        let ends = [10, 70_010, 135_546, 201_101].map { header + $0 }
        #expect(layout.cuts == [header] + ends)
        #expect(Segments.cuts(of: SegmentedBytes([ByteStorage(copying: layout.bytes)])) == layout.cuts)
        #expect(layout.segments.map(\.count) == [header, 10, 70_000, 65_536, 65_555, 100_000])
    }

    /// A file laid out again from its segments opens without copying a tensor that has one to itself.
    @Test func segmentsMakeTheFileAgain() throws {
        let layout = try Self.layout()
        let segments = try layout.segments.map { range in
            var part: [UInt8] = []
            try layout.read(range) { part += Array($0) }
            return ByteStorage(copying: part)
        }
        let checkpoint = try Checkpoint.open(SegmentedBytes(segments), file: "f")
        for (number, size) in [10, 70_000, 0, 65_536, 65_535, 20, 100_000].enumerated() {
            #expect(checkpoint["t\(number)"]?.bytes == .init(repeating: UInt8(number), count: size))
        }
        #expect(checkpoint["t1"]?.mapped?.storage === segments[2])
        #expect(checkpoint["t5"]?.mapped?.storage === segments[4])
    }

    @Test func unknownContentIsOneSegment() {
        #expect(Segments.cuts(of: SegmentedBytes([])) == [])
        #expect(Segments.cuts(of: SegmentedBytes([ByteStorage(copying: Array("hello".utf8))])) == [])
        let large = SegmentedBytes([ByteStorage(byteCount: Segments.pieceSize + 1) { _ in }])
        #expect(Segments.cuts(of: large) == [Segments.pieceSize])
    }
}
