import Testing
import ZooBase
import ZooText

/// What fuzzing (`Scripts/fuzz.sh`) found worth keeping is loaded again.
@Suite struct TokenizerFuzzTests {
    @Test func tokenizerLoadsOrIsRefused() throws {
        let folder = FilePaths.join(Fixtures.root, "fuzz/tokenizer")
        var loaded = 0
        for name in try FilePaths.list(folder) {
            let bytes = try FilePaths.read(FilePaths.join(folder, name))
            guard let tokenizer = try? Tokenizer.load(files: [("tokenizer.json", bytes)]) else { continue }
            let ids = tokenizer.encodeIDs("Ab é [CLS] abc 中文!").ids
            #expect(tokenizer.decode(ids).utf8.count <= 1 << 16, "\(name)")
            loaded += 1
        }
        #expect(loaded > 0)
    }
}
