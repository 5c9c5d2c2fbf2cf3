import Testing
import ZooBase

/// What fuzzing (`Scripts/fuzz.sh`) found worth keeping is read again.
@Suite struct JSONFuzzTests {
    @Test func whatIsReadIsWrittenTheSame() throws {
        let tests = FilePaths.parent(of: FilePaths.parent(of: #filePath))
        let folder = FilePaths.join(FilePaths.parent(of: tests), "Fixtures/fuzz/json")
        var read = 0
        for name in try FilePaths.list(folder) {
            guard let value = try? JSONParser.parse(FilePaths.read(FilePaths.join(folder, name))) else { continue }
            #expect(try JSONParser.parse(value.text(.compact)) == value, "\(name)")
            read += 1
        }
        #expect(read > 0)
    }
}
