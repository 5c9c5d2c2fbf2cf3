import Testing
import ZooBase
import ZooData

/// What fuzzing (`Scripts/fuzz.sh`) found worth keeping is read again.
@Suite struct FuzzRegressionTests {
    @Test(arguments: ["csv", "tsv", "jsonl"]) func rowsAreReadOrRefused(_ format: String) throws {
        let tests = FilePaths.parent(of: FilePaths.parent(of: #filePath))
        let folder = FilePaths.join(FilePaths.parent(of: tests), "Fixtures/fuzz/" + format)
        var options = DatasetOptions()
        options.format = format
        options.isLabelled = false
        var read = 0
        for name in try FilePaths.list(folder) {
            let storage = ByteStorage(copying: try FilePaths.read(FilePaths.join(folder, name)))
            guard let dataset = try? Dataset("f." + format, storage: storage, options: options) else { continue }
            #expect(dataset.rows.count <= storage.byteCount, "\(name)")
            read += 1
        }
        #expect(read > 0)
    }
}
