import Glibc
import Testing
import ZooBase

@testable import ZooData

@Suite struct LineStreamTests {
    private func lines(_ bytes: [UInt8], _ encoding: TextEncoding = .utf8, limit: Int = 1 << 24) throws -> [String] {
        try withFile("lines.txt", bytes) { path in
            let descriptor = open(path, O_RDONLY)
            defer { close(descriptor) }
            var stream = LineStream(descriptor: descriptor, encoding: encoding, maximumRowBytes: limit)
            var texts: [String] = []
            while let row = try stream.next() {
                texts.append(row.text)
                #expect(row.line == texts.count)
            }
            #expect(stream.accounting.used == texts.count)
            return texts
        }
    }

    @Test func everyLineIsARow() throws {
        #expect(try lines(Array("a b\n\n c\r\nlast".utf8)) == ["a b", "", " c", "last"])
        #expect(try lines(Array("\u{FEFF}a\n".utf8)) == ["a"])
        #expect(try lines([]) == [])
    }

    @Test func manyLinesAreReadInPieces() throws {
        let expected = (0..<50_000).map { "line number \($0)" }
        #expect(try lines(Array((expected.joined(separator: "\n") + "\n").utf8)) == expected)
    }

    @Test func badLinesAreNamed() throws {
        let notUTF8 = #expect(throws: DataError.self) { try lines([0x61, 0x0A, 0xE9, 0x0A]) }
        #expect(notUTF8 == .notUTF8(path: "standard input", row: 2, line: 2, mayBe: [.latin1, .windows1252]))
        #expect(try lines([0x61, 0x0A, 0xE9, 0x0A], .latin1) == ["a", "é"])
        let long = #expect(throws: DataError.self) { try lines(Array(repeating: 0x61, count: 300_000), limit: 100_000) }
        #expect(long == .rowTooLong(path: "standard input", line: 1, limit: 100_000))
    }

    @Test func tablesComeThroughPipesToo() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let text = Array("text,label\na,1\nb,0\n".utf8)
        #expect(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        defer { close(ends[0]) }
        let data = try Dataset(reading: "/dev/fd/\(ends[0])")
        #expect(data.rows.map(\.text) == ["a", "b"])
    }
}
