import Testing
import ZooBase

@testable import ZooCheckpoint

@Suite struct ZipTests {
    static let malformed = Fixtures.cases("malformed/zip")

    @Test func casesAreThere() { #expect(Self.malformed.count >= 60) }

    @Test(arguments: malformed) func malformedArchiveIsRefused(_ fault: JSON) throws {
        let file = try #require(fault["file"]?.string)
        let path = Fixtures.path("malformed/zip/" + file)
        let error: CheckpointError?
        if fault["when"]?.string == "read" {
            let checkpoint = try Checkpoint.open(path)
            error = #expect(throws: CheckpointError.self, "\(file)") { try checkpoint.views() }
        } else {
            error = #expect(throws: CheckpointError.self, "\(file)") {
                try NumPyArchiveFormat.open(SegmentedBytes(mapping: path), file: path)
            }
        }
        #expect(error?.identifier == fault["error"]?.string, "\(file): \(error?.message ?? "")")
        #expect(error?.message.contains("; ") == true && error?.message.contains("\n") == false)
        #expect(error?.kind == .badInput)
    }

    static func archive(_ bytes: [UInt8]) throws(CheckpointError) -> ZipArchive {
        try ZipArchive(SegmentedBytes([ByteStorage(copying: bytes)]), file: "z")
    }

    @Test func writesWhatItReads() throws {
        let tensor = CheckpointTensor(
            TensorView("t", .u8, [300], bytes: (0..<300).map { UInt8(truncatingIfNeeded: $0) }))
        let sources = [
            ZipLayout.Source("a/empty"), ZipLayout.Source("a/é", head: Array("hello".utf8)),
            ZipLayout.Source("b", head: [1, 2, 3], tensor: tensor),
        ]
        let layout = try ZipLayout(sources, comment: Array("note".utf8), format: "zip")
        let bytes = layout.bytes
        #expect(bytes.count == layout.byteCount)
        let archive = try Self.archive(bytes)
        #expect(archive.comment == Array("note".utf8))
        #expect(archive.entries.map(\.name) == ["a/empty", "a/é", "b"])
        for (source, entry) in zip(sources, archive.entries) {
            let range = try #require(entry.range)
            #expect(range.lowerBound % 64 == 0)
            let expected = source.head + (source.tensor?.bytes ?? [])
            #expect(Array(bytes[range]) == expected)
            let contents = try archive.contents(entry)
            #expect(contents.array(0..<contents.byteCount) == expected)
        }
        #expect(throws: CheckpointError.malformed(file: "z", .zipTooLarge("b", limit: 10, found: 303))) {
            try archive.contents(archive.entries[2], limit: 10)
        }
    }

    /// Every part of the file is the same whether asked for alone or with the rest, also by a layout that has yet to
    /// take the checksums.
    @Test func readsAnyRange() throws {
        func layout() throws -> ZipLayout {
            try ZipLayout(
                [
                    ZipLayout.Source(
                        "a", head: [1], tensor: CheckpointTensor(TensorView("t", .u8, [3], bytes: [2, 3, 4]))),
                    ZipLayout.Source("b", head: [5, 6]),
                ], format: "zip")
        }
        let whole = try layout().bytes
        for start in stride(from: 0, through: whole.count, by: 7) {
            for end in stride(from: start, through: whole.count, by: 5) {
                var part: [UInt8] = []
                try layout().read(start..<end) { part += Array($0) }
                #expect(part == Array(whole[start..<end]))
            }
        }
    }

    @Test func namesAreChecked() throws {
        for name in ["../a", "/a", "a/..", "", "a/", "C:a", "a\0"] {
            #expect(throws: CheckpointError.self) { try ZipLayout([ZipLayout.Source(name)], format: "zip") }
        }
        #expect(throws: CheckpointError.malformed(file: "zip", .zipDuplicate("a"))) {
            try ZipLayout([ZipLayout.Source("a"), ZipLayout.Source("a")], format: "zip")
        }
        #expect(throws: CheckpointError.malformed(file: "zip", .zipComment(70_000))) {
            try ZipLayout([], comment: [UInt8](repeating: 0, count: 70_000), format: "zip")
        }
    }

    /// Sizes and places beyond 32 bits: an archive that says so, without its data.
    @Test func largeArchivesAreDescribed() throws {
        let info = TensorInfo(name: "t", dtype: .u8, shape: [5 << 30])!
        let large = CheckpointTensor(info) { _ in Issue.record("read") }
        let layout = try ZipLayout(
            [ZipLayout.Source("large", tensor: large), ZipLayout.Source("after")], format: "zip")
        let records = ZipRecords(comment: [])
        let start = layout.entries[1].data.upperBound
        let directory = records.directory(layout.entries, [7, 0], start: start)
        #expect(layout.byteCount == start + directory.count)
        #expect(layout.entries.allSatisfy { $0.data.lowerBound % 64 == 0 })
        let local = records.local(layout.entries[0], checksum: 7)
        #expect(local.count == layout.entries[0].data.lowerBound)
        #expect(ZipFields(local).u32(18) == 0xFFFF_FFFF && ZipFields(local).u16(26) == 5)
        let extra = try #require(ZipFields(Array(local[35...])).extra(1))
        #expect(extra.u64(0) == 5 << 30 && extra.u64(8) == 5 << 30)
        let end = ZipFields(Array(directory.suffix(22 + 20 + 56)))
        #expect(end.u32(0) == 0x0606_4B50 && end.u64(32) == 2 && end.u64(48) == start)
        #expect(end.u32(56) == 0x0706_4B50 && end.u64(64) == start + directory.count - 98)
        #expect(end.u32(76) == 0x0605_4B50 && end.u32(92) == 0xFFFF_FFFF)
    }
}
