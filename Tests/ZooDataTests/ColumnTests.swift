import Testing
import ZooBase

@testable import ZooData

@Suite struct ColumnTests {
    /// Forty rows whose label repeats and whose text does not.
    private func table(_ header: String?, _ row: (Int) -> String) -> String {
        ((header.map { [$0] } ?? []) + (0..<40).map(row)).joined(separator: "\n") + "\n"
    }

    @Test(arguments: [
        ("text,label", 0, 1), ("Sentiment,Review", 1, 0), ("id,content,stars", 1, 2), ("class,sentence,id", 1, 0),
        (",text,label", 1, 2),
    ])
    func usualNamesAreKnown(header: String, text: Int, label: Int) throws {
        let width = header.split(separator: ",", omittingEmptySubsequences: false).count
        let data = try dataset(header + "\n" + Array(repeating: "x y", count: width).joined(separator: ",") + "\n")
        #expect(data.columns.text.index == text)
        #expect(data.columns.label?.index == label)
        #expect(data.columns.hasHeader)
        #expect(data.columns.text.reason == "by its name")
    }

    @Test func headerIsGuessed() throws {
        let without = try dataset(table(nil) { "words of row \($0),\($0 % 2)" })
        #expect(!without.columns.hasHeader)
        #expect(without.rows.count == 40)
        #expect(without.columns.names == ["column 1", "column 2"])
        let numbers = try dataset(table("what,mood") { "words of row \($0),\($0 % 2)" })
        #expect(numbers.columns.hasHeader)
        #expect(numbers.rows.count == 40)
        let words = try dataset(table("what,mood") { "words of row \($0),\($0 % 2 == 0 ? "bad" : "good")" })
        #expect(words.columns.hasHeader)
        let noHeader = try dataset(table(nil) { "words of row \($0),\($0 % 2 == 0 ? "bad" : "good")" })
        #expect(!noHeader.columns.hasHeader)
        #expect(try dataset("text,label\na,1\n") { $0.hasHeader = false }.rows.count == 2)
        #expect(try dataset("one,1\ntwo,0\n") { $0.hasHeader = true }.rows.map(\.text) == ["two"])
    }

    @Test func contentDecidesWithoutNames() throws {
        let data = try dataset(table(nil) { "\($0 % 3),id\($0),these are the words of row \($0)" })
        #expect(data.columns.text.index == 2)
        #expect(data.columns.label?.index == 0)
        #expect(data.columns.label?.reason.contains("3") == true)
    }

    @Test func severalCandidatesAreRefused() throws {
        let error = try failure(table(nil) { "\($0 % 3),\($0 % 2),these are the words of row \($0)" })
        guard case .ambiguousColumn(_, .label, ["column 1", "column 2"])? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.message.contains("--label-column") == true)
    }

    @Test func columnsAreTakenByNameAndPosition() throws {
        let text = "a,b,c\nx,y,z\n"
        let byName = try dataset(text) {
            $0.textColumn = "c"
            $0.labelColumn = "a"
        }
        #expect(byName.rows.map(\.text) == ["z"])
        #expect(byName.rows.map(\.label) == ["x"])
        let byPosition = try dataset(text) {
            $0.textColumn = "2"
            $0.labelColumn = "3"
            $0.hasHeader = false
        }
        #expect(byPosition.rows.map(\.text) == ["b", "y"])
        let missing = try failure(text) {
            $0.textColumn = "c"
            $0.labelColumn = "mood"
        }
        guard case .missingColumn(_, "mood", ["a", "b", "c"])? = missing else {
            Issue.record("\(String(describing: missing))")
            return
        }
        #expect(missing?.kind == .notFound)
        let twice = try failure("text,label,label\na,b,c\n")
        guard case .repeatedColumn(_, "label")? = twice else {
            Issue.record("\(String(describing: twice))")
            return
        }
        let same = try failure(text) {
            $0.textColumn = "c"
            $0.labelColumn = "c"
        }
        #expect(same?.kind == .usage)
    }

    @Test func labelAskedForIsNotTheText() throws {
        let data = try dataset("text,other\na,long words here\n") { $0.labelColumn = "text" }
        #expect(data.columns.text.name == "other")
    }

    @Test func numbersAloneAreNoText() throws {
        guard case .noColumn(_, .text, _)? = try failure(table(nil) { "\($0),\($0 % 2)" }) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func unlabelledRowsNeedNoLabel() throws {
        try withFile("d.csv", "text\na\n\"\"\nb c\n") { path in
            var stream = try TableRowStream(path, options: .unlabelled)
            var texts: [String] = []
            while let row = try stream.next() { texts.append(row.text) }
            #expect(texts == ["a", "", "b c"])
            #expect(stream.columns.label == nil)
        }
        guard case .noColumn(_, .label, _)? = try failure("text\na\nb\n") else {
            Issue.record("accepted")
            return
        }
    }
}
