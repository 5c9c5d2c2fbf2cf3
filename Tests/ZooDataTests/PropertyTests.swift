import Testing
import ZooBase

@testable import ZooData

/// SplitMix64, so that a failing case can be made again.
private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

@Suite struct PropertyTests {
    private static let pieces = ["a", "word", " ", ",", "\"", "\n", "\r\n", "\t", ";", "é", "🙂", "e\u{301}", "0", "'"]

    @Test(arguments: 0..<200 as Range<UInt64>)
    func writtenTablesAreReadBack(seed: UInt64) throws {
        var random = Random(state: seed)
        let table = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            [
                "x"
                    + (0..<Int.random(in: 0...8, using: &random)).map { _ in
                        Self.pieces.randomElement(using: &random)!
                    }.joined(),
                ["pos", "neg", "so, so"].randomElement(using: &random)!,
            ]
        }
        let text = CSVWriter.row(["text", "label"]) + table.map(CSVWriter.row).joined()
        let data = try dataset(text)
        let read = data.rows.map { [ExactString($0.text), ExactString($0.label ?? "")] }
        #expect(read == table.map { $0.map(ExactString.init) })
        #expect(data.accounting.read == table.count)
    }

    private static let samples = [
        ("d.csv", "text,label\r\n\"a, \"\"b\"\"\nc\",1\r\n\r\nd é,0\r\nx,1,2\r\n"),
        ("d.tsv", "\u{FEFF}one two\t1\nthree\t0\n\nfour\n"),
        ("d.jsonl", "{\"text\": \"a \\u00e9\", \"label\": 1}\n{\"text\": null}\n{\"label\": [1], \"text\": \"b\"}\n"),
    ]

    @Test(arguments: samples) func everyPrefixIsReadOrRefused(name: String, text: String) throws {
        let bytes = Array(text.utf8)
        for count in 0...bytes.count {
            for labelled in [true, false] {
                try withFile(name, Array(bytes[..<count])) { path in
                    try Self.checkAccount(path, labelled: labelled)
                }
            }
        }
    }

    @Test(arguments: samples, 0..<40 as Range<UInt64>)
    func damagedFilesAreReadOrRefused(sample: (name: String, text: String), seed: UInt64) throws {
        var random = Random(state: seed)
        var bytes = Array(sample.text.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: bytes.indices, using: &random)
            if Bool.random(using: &random) {
                bytes[place] = [0x22, 0x2C, 0x0A, 0x0D, 0x09, 0xC3, 0x00, 0x7B].randomElement(using: &random)!
            } else {
                bytes.insert(contentsOf: bytes[..<place], at: place)
            }
        }
        try withFile(sample.name, bytes) { try Self.checkAccount($0, labelled: seed % 2 == 0) }
    }

    /// Whatever the file holds: a `DataError` with a message, or rows that add up.
    private static func checkAccount(_ path: String, labelled: Bool) throws {
        var options = DatasetOptions.unlabelled
        options.isLabelled = labelled
        do {
            let data = try Dataset(reading: path, options: options)
            let counts = data.accounting
            #expect(counts.read == counts.used + counts.emptyText + counts.emptyLabel + counts.malformed)
            #expect(counts.used == data.rows.count)
            #expect(data.rows.allSatisfy { labelled == ($0.label != nil) })
        } catch {
            #expect(error.message.contains(path))
            #expect(!error.message.contains("\n"))
        }
    }
}
