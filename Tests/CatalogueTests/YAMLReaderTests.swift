import Catalogue
import Testing
import ZooBase

@Suite struct YAMLReaderTests {
    private func read(_ text: String) throws -> JSON { try YAMLReader.json(Array(text.utf8), file: "r.yaml") }

    @Test func scalarsHaveTheTypesOfTheCoreSchema() throws {
        let json = try read("a: 3\nb: 5e-5\nc: true\nd: ~\ne: linear\nf: \"3\"\ng: [1, 2.5]\nh: nan\ni: -1\n")
        let expected: JSON = [
            "a": 3, "b": 5e-5, "c": true, "d": .null, "e": "linear", "f": "3", "g": [1, 2.5], "h": "nan", "i": -1,
        ]
        #expect(json == expected)
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", "appears twice"),
        ("a: [1, 2\n", ""),
        ("a: *b\n", ""),
        ("? [1]\n: 2\n", "a key must be a name"),
    ])
    func otherFilesAreRefused(text: String, reason: String) {
        let error = #expect(throws: CatalogueError.self) { try read(text) }
        #expect(error?.message.contains(reason) == true && error?.message.contains("r.yaml") == true)
    }

    @Test(arguments: [
        ("[", 2000, "nested too deeply"), ("- ", 2000, "nested too deeply"), ("#", 20_000, "larger than"),
    ])
    func filesWithoutEndAreRefused(piece: String, count: Int, reason: String) {
        let error = #expect(throws: CatalogueError.self) { try read(String(repeating: piece, count: count)) }
        #expect(error?.message.contains(reason) == true)
    }

    @Test func bytesThatAreNotTextAreRefused() {
        #expect(throws: CatalogueError.notYAML(file: "r.yaml", line: 1, problem: "the file is not UTF-8")) {
            try YAMLReader.json([0x61, 0xFF], file: "r.yaml")
        }
    }

    @Test func sharedValuesCannotMultiplyWithoutEnd() {
        var text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
        for level in 1...9 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",") + "]\n"
        }
        #expect(throws: CatalogueError.self) { try read(text) }
    }
}
