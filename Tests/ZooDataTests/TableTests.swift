import Testing
import ZooBase

@testable import ZooData

@Suite struct TableTests {
    @Test func quotedFieldsFollowRFC4180() throws {
        let data = try dataset("text,label\r\n\"one, \"\"two\"\"\r\nthree\",pos\r\nplain \"x\",neg\r\n")
        #expect(data.rows.map(\.text) == ["one, \"two\"\r\nthree", "plain \"x\""])
        #expect(data.rows.map(\.label) == ["pos", "neg"])
        #expect(data.rows.map(\.line) == [2, 4])
        #expect(data.rows.map(\.number) == [1, 2])
    }

    @Test func tabSeparatedValuesKeepQuotes() throws {
        let text = "\"said\" she\t1\nno\t0\n"
        #expect(try dataset(text, as: "d.tsv").rows.map(\.text) == ["\"said\" she", "no"])
        let quoted = try dataset("text\tlabel\n\"a\tb\"\t1\nno\t0\n", as: "d.tsv") { $0.usesQuotes = true }
        #expect(quoted.rows.map(\.text) == ["a\tb", "no"])
    }

    @Test func linesOfJSONAreRows() throws {
        let data = try dataset(
            """
            {"id": 7, "review": "a\\nb \\u00e9", "stars": 5}

            {"stars": 1.0, "review": "c", "extra": [1]}
            {"review": "d"}
            {"review": {"x": 1}, "stars": 2}
            nonsense
            [1]
            """, as: "d.jsonl")
        #expect(data.rows.map(\.text) == ["a\nb é", "c"])
        #expect(data.rows.map(\.label) == ["5", "1.0"])
        #expect(data.rows.map(\.line) == [1, 3])
        #expect(data.accounting.read == 6)
        #expect(
            data.accounting.firstMalformed.map(\.problem)
                == [.missingValue(column: "stars"), .notText(column: "review"), .invalidJSON, .notAnObject])
        #expect(data.accounting.firstMalformed.map(\.line) == [4, 5, 6, 7])
        #expect(caseName(try failure("[{\"text\": \"a\"}]", as: "d.jsonl")) == "jsonArray")
    }

    @Test(arguments: ["", "\u{FEFF}"], ["\n", "\r\n"])
    func markAndLineEndsDoNotMatter(mark: String, lineEnd: String) throws {
        for text in ["text,label\na b,0\n\n\nc,1\n", "text,label\na b,0\n \nc,1", "\ntext,label\n\na b,0\nc,1\n\n"] {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let data = try dataset(mark + lines.joined(separator: lineEnd))
            #expect(data.rows.map(\.text) == ["a b", "c"])
            #expect(data.rows.map(\.label) == ["0", "1"])
            #expect(data.accounting.blankLines > 0)
        }
    }

    @Test func everyRowIsAccountedFor() throws {
        let data = try dataset(
            "text,label\na,0\n,1\n  ,1\nb\nc,\na,0\nd,0\nd,1\n\"e\"x,1\n\nf,1\n")
        let counts = data.accounting
        #expect(counts.read == 10)
        #expect(counts.used == 5)
        #expect(counts.emptyText == 2)
        #expect(counts.emptyLabel == 1)
        #expect(counts.malformed == 2)
        #expect(counts.firstMalformed.map(\.line) == [5, 10])
        #expect(counts.firstMalformed.map(\.problem) == [.tooFewFields(expected: 2, found: 1), .textAfterQuote])
        #expect(counts.duplicates == 1)
        #expect(counts.conflicts == 2)
        #expect(counts.conflictsDropped == 0)
        #expect(counts.blankLines == 1)
        #expect(counts.read == counts.used + counts.emptyText + counts.emptyLabel + counts.malformed)
        #expect(counts.json["firstMalformed"]?[0]?["line"] == 5)
    }

    @Test func contradictingRowsAreDroppedOnRequest() throws {
        let data = try dataset("text,label\na,0\na,0\nd,0\nd,1\nd,0\nf,1\n") { $0.dropsConflicts = true }
        #expect(data.rows.map(\.text) == ["a", "a", "f"])
        #expect(data.accounting.conflictsDropped == 3)
        #expect(data.accounting.duplicates == 1)
        #expect(data.accounting.used == 3)
        #expect(data.accounting.read == 6)
    }

    @Test func tooManyFieldsAreRefusedOrDropped() throws {
        let text = "text,label\na,0\nb, c,1\nd,1\n"
        let error = try #require(try failure(text))
        guard case .tooManyFields(_, let row, let line, 2, 3) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(row == 2 && line == 3)
        #expect(error.kind == .badInput)
        let data = try dataset(text) { $0.dropsMalformed = true }
        #expect(data.rows.count == 2)
        #expect(data.accounting.firstMalformed == [.init(line: 3, problem: .tooManyFields(expected: 2, found: 3))])
    }

    @Test func bytesThatAreNotUTF8AreNamed() throws {
        let latin1: [UInt8] = Array("text,label\nplain,0\ncaf".utf8) + [0xE9] + Array(",1\n".utf8)
        guard case .notUTF8(_, 2, 3, let mayBe)? = try failure(latin1) else {
            Issue.record("accepted")
            return
        }
        #expect(mayBe == [.latin1, .windows1252])
        try withFile("d.csv", latin1) { path in
            var options = DatasetOptions()
            options.encoding = .latin1
            let data = try Dataset(reading: path, options: options)
            #expect(data.rows.map(\.text) == ["plain", "café"])
        }
        let windows: [UInt8] = Array("text,label\n".utf8) + [0x93] + Array("x".utf8) + [0x94] + Array(",1\n".utf8)
        guard case .notUTF8(_, 1, 2, [.windows1252])? = try failure(windows) else {
            Issue.record("accepted")
            return
        }
        try withFile("d.csv", windows) { path in
            var options = DatasetOptions()
            options.encoding = .windows1252
            let data = try Dataset(reading: path, options: options)
            #expect(data.rows.map(\.text) == ["“x”"])
        }
        let json = Array("{\"text\":\"a\",\"label\":1}\n{\"text\":\"".utf8) + [0xE9] + Array("\",\"label\":0}".utf8)
        guard case .notUTF8(_, _, 2, _)? = try failure(json, as: "d.jsonl") else {
            Issue.record("accepted")
            return
        }
        // A column that is not used may hold what it likes.
        let unused: [UInt8] = Array("text,label,note\na,0,".utf8) + [0xE9, 0x0A]
        #expect(try failure(unused) == nil)
    }

    @Test func filesThatAreNoTablesAreRefused() throws {
        #expect(caseName(try failure("")) == "emptyFile")
        #expect(caseName(try failure("\n \r\n\n")) == "emptyFile")
        #expect(caseName(try failure("text,label\n")) == "noUsableRows")
        #expect(caseName(try failure("a,1\rb,0\r")) == "bareCarriageReturns")
        #expect(caseName(try failure([0xFF, 0xFE, 0x61, 0])) == "notPlainText")
        #expect(caseName(try failure([0x50, 0x4B, 3, 4, 5])) == "notPlainText")
        #expect(caseName(try failure([0x61, 0, 0x62])) == "notPlainText")
        #expect(caseName(try failure("1 What , then ?\n0 This\n", as: "d.all")) == "unknownFormat")
        #expect(try failure("a,b") { $0.format = "xlsx" }?.kind == .usage)
        let missing = #expect(throws: DataError.self) { try Dataset(reading: "/no/such/file.csv") }
        #expect(missing?.kind == .notFound)
        let folder = #expect(throws: DataError.self) { try Dataset(reading: "/tmp") }
        #expect(folder?.kind == .badInput)
    }

    @Test func quoteThatIsNeverClosedIsNamed() throws {
        guard case .unterminatedQuote(_, 3)? = try failure("text,label\na,0\n\"b,1\nc,0\n") else {
            Issue.record("accepted")
            return
        }
        #expect(try dataset("text,label\na,0\n\"b,1\nc,0\n") { $0.usesQuotes = false }.rows.count == 3)
    }

    @Test func longLinesAreReadOrRefused() throws {
        let long = String(repeating: "word ", count: 2_000_000)
        let data = try dataset("text,label\n\(long),1\nshort,0\n") { $0.maximumRowBytes = 1 << 24 }
        #expect(data.rows.first?.text.utf8.count == 10_000_000)
        #expect(data.rows.count == 2)
        for name in ["d.csv", "d.tsv", "d.jsonl"] {
            let text = name == "d.jsonl" ? "{\"text\": \"\(long)\", \"label\": 1}" : "text\tlabel\n\(long)\t1\n"
            let error = try failure(text, as: name)
            guard case .rowTooLong(_, let line, 1_048_576)? = error else {
                Issue.record("\(name): \(String(describing: error))")
                return
            }
            #expect(line == (name == "d.jsonl" ? 1 : 2))
        }
    }

    @Test(arguments: [("a;b\nx, y;1\n", "semicolon"), ("a\tb\nx, y\t1\n", "comma"), ("a|b\nx|1\n", "bar")])
    func separatorOfCSVIsFound(text: String, separator: String) throws {
        try withFile("d.csv", text) { path in
            let stream = try TableRowStream(path, options: .unlabelled)
            // In the second, the tab is the only separator of the first line.
            #expect(stream.layout.hasPrefix(separator == "comma" ? "tab" : separator))
        }
    }

    @Test func formatIsFoundBySuffixThenContent() throws {
        for (name, text, format) in [
            ("d.CSV", "text,label\na,1\n", "csv"), ("d.tab", "a\t1\nb\t0\n", "tsv"),
            ("d", "a b\t1\nc, d\t0\n", "tsv"),
            ("d.txt", "{\"text\": \"a\", \"label\": 1}\n", "jsonl"), ("d.txt", "text,label\n\"a, b\",1\nc,0\n", "csv"),
        ] {
            let data = try dataset(text, as: name)
            #expect(data.format == format, "\(name)")
        }
    }

    @Test func rowsAreKnownByTextAndLabel() throws {
        let one = DataRow(text: "a", label: "b", number: 1, line: 1)
        #expect(one.digest == DataRow(text: "a", label: "b", number: 5, line: 9).digest)
        // printf '\x01\0\0\0\0\0\0\0a\x01b' | sha256sum
        #expect(one.digest.hex == "21858ce611fcd6f5ec764f1b90b3cc25646ee53f91ab5c6c991276d2f4804411")
        #expect(one.digest != DataRow(text: "ab", label: "", number: 1, line: 1).digest)
        #expect(one.digest != DataRow(text: "a", label: nil, number: 1, line: 1).digest)
        let empty = DataRow(text: "a", label: "", number: 1, line: 1)
        #expect(DataRow(text: "a", label: nil, number: 1, line: 1).digest != empty.digest)
        #expect(one.textDigest == ContentDigest(of: "a"))
    }

    @Test func fileDigestIsThatOfTheWholeFile() throws {
        let lines = (0..<200_000).map { "some text of row number \($0) that is long enough,\($0 % 2)\n" }
        let text = "text,label\n" + lines.joined()
        #expect(text.utf8.count > 1 << 23)
        #expect(try dataset(text).fileDigest == ContentDigest(of: text))
        #expect(try dataset("text,label\na,1").fileDigest == ContentDigest(of: "text,label\na,1"))
    }
}
