import Testing
import ZooBase
import ZooCheckpoint
import ZooExport

/// What every exporter in the list must do.
@Suite struct ExporterConformanceTests {
    static let numbers = Array(Exporters.all.indices)
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func namesDiffer() {
        let names = Exporters.all.map { $0.name }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { Exporters.find($0) != nil })
        #expect(Exporters.find("nothing") == nil)
    }

    @Test(arguments: numbers) func writesTheSameBytesTwice(_ number: Int) throws {
        let exporter = Exporters.all[number]
        let files = [ExportableModel.File(name: "vocab.txt", bytes: Array("[PAD]\n".utf8))]
        for model in [try Fixtures.classifier(files: files), try Fixtures.classifier(head: nil, files: files)] {
            let (first, second) = (folder("a\(model.head == nil)"), folder("b\(model.head == nil)"))
            let report = try exporter.write(model, to: first, options: Fixtures.options)
            let again = try exporter.write(model, to: second, options: Fixtures.options)
            let names = try FilePaths.listRecursively(first)
            #expect(report.files.map(\.name) == names && again.files == report.files)
            #expect(names.contains("vocab.txt") && names.contains("config.json"))
            for name in names {
                let bytes = try FilePaths.read(FilePaths.join(first, name))
                #expect(try FilePaths.read(FilePaths.join(second, name)) == bytes, "\(name)")
                #expect(report.files.contains { $0.name == name && $0.byteCount == bytes.count })
            }
            #expect(report.tensorCount + report.droppedTensors.count == model.tensors.count)
        }
    }

    @Test(arguments: numbers) func refusesWhatCannotBe(_ number: Int) throws {
        let exporter = Exporters.all[number]
        let path = folder("out")
        func refusal(_ model: ExportableModel, _ options: ExportOptions = Fixtures.options) -> ExportError? {
            do {
                _ = try exporter.write(model, to: path, options: options)
                return nil
            } catch { return error }
        }
        let two = ExportableModel.Head(labels: ["a", "b"], problem: .singleLabel)
        #expect(refusal(try Fixtures.classifier(head: two)) == .labelCount(expected: 3, found: 2))
        let same = ExportableModel.Head(labels: ["a", "b", "a"], problem: .singleLabel)
        #expect(refusal(try Fixtures.classifier(head: same)) == .duplicateLabel("a"))
        for name in ["../x", "config.json", "", ".hidden"] {
            let model = try Fixtures.classifier(files: [.init(name: name, bytes: [])])
            #expect(refusal(model) == .fileName(name))
        }
        var options = Fixtures.options
        options.dtype = .i8
        #expect(refusal(try Fixtures.classifier(), options)?.kind == .usage)
        let other = ExportableModel(
            configuration: ["model_type": "other"], tensors: [], head: nil, tokenizerFiles: [])
        #expect(refusal(other)?.kind == .badInput)
        #expect(try FilePaths.list(folder.path).isEmpty)
        try FilePaths.makeFolder(path)
        try AtomicFile.write([1], to: FilePaths.join(path, "mine"))
        #expect(refusal(try Fixtures.classifier())?.message.contains("already") == true)
        #expect(try FilePaths.list(path) == ["mine"])
    }
}
