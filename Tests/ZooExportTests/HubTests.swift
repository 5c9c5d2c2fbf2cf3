import Testing
import ZooBase
import ZooCheckpoint
import ZooExport

@Suite struct HubTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func export(_ model: ExportableModel, _ dtype: DType = .f32) throws -> (configuration: JSON, weights: Checkpoint) {
        let path = folder("out\(try FilePaths.list(folder.path).count)")
        var options = Fixtures.options
        options.dtype = dtype
        _ = try HubExporter.write(model, to: path, options: options)
        return (
            try JSONParser.parse(FilePaths.read(FilePaths.join(path, "config.json"))), try Checkpoint.open(path)
        )
    }

    @Test func classifierKeepsEveryTensor() throws {
        let model = try Fixtures.classifier()
        let (configuration, weights) = try export(model)
        #expect(weights.tensors.count == model.tensors.count)
        for tensor in model.tensors { #expect(try weights[tensor.info.name]?.view().bytes == tensor.bytes) }
        #expect(weights.metadata == [MetadataEntry("format", "pt")])
        #expect(configuration["architectures"] == ["BertForSequenceClassification"])
        #expect(configuration["id2label"] == ["0": "bad", "1": "fair", "2": "good"])
        #expect(configuration["label2id"] == ["bad": 0, "fair": 1, "good": 2])
        #expect(configuration["num_labels"] == 3 && configuration["torch_dtype"] == "float32")
        #expect(configuration["problem_type"] == "single_label_classification")
        #expect(configuration["hidden_size"] == 32)
        #expect(Set(configuration.members?.map(\.name) ?? []).count == configuration.members?.count)
    }

    /// A classifier trained on a base whose names have no prefix gets the prefix that its class has.
    @Test func namesAreThoseOfTheClass() throws {
        let head = try Fixtures.tensors().filter { $0.info.name.hasPrefix("classifier.") }
        let ids = Fixtures.vector("embeddings.position_ids", [0])
        let (_, weights) = try export(Fixtures.classifier(Fixtures.baseTensors() + [ids] + head))
        #expect(Set(weights.tensors.map(\.info.name)) == Set(try Fixtures.tensors().map(\.info.name)))
    }

    @Test func oldNamesBecomeNew() throws {
        let old = try Fixtures.tensors().map { tensor in
            let name = tensor.info.name
            guard name.contains("LayerNorm") else { return tensor }
            return tensor.renamed(
                name.hasSuffix(".weight") ? name.dropLast(6) + "gamma" : name.dropLast(4) + "beta")
        }
        let (_, weights) = try export(Fixtures.classifier(old))
        #expect(Set(weights.tensors.map(\.info.name)) == Set(try Fixtures.tensors().map(\.info.name)))
    }

    @Test func baseHasNoHead() throws {
        let (configuration, weights) = try export(Fixtures.classifier(head: nil))
        #expect(configuration["architectures"] == ["BertModel"])
        #expect(configuration["id2label"] == nil && configuration["num_labels"] == nil)
        #expect(Set(weights.tensors.map(\.info.name)) == Set(try Fixtures.baseTensors().map(\.info.name)))
    }

    @Test func oneDTypeThroughout() throws {
        let (configuration, weights) = try export(Fixtures.classifier(), .bf16)
        #expect(weights.tensors.allSatisfy { $0.info.dtype == .bf16 })
        #expect(configuration["torch_dtype"] == "bfloat16")
        let name = "bert.pooler.dense.weight"
        let original = try #require(try Fixtures.tensors().first { $0.info.name == name })
        #expect(try weights[name]?.view().bytes == original.cast(to: .bf16).view.bytes)
    }

    @Test func valuesThatWouldBecomeInfiniteAreRefused() throws {
        let tensors = try Fixtures.tensors().map {
            $0.info.name == "classifier.bias" ? Fixtures.vector("classifier.bias", [1, 70_000, 1e30]) : $0
        }
        let error = #expect(throws: ExportError.self) { try export(Fixtures.classifier(tensors), .f16) }
        #expect(error == .overflow(tensor: "classifier.bias", dtype: .f16, count: 2))
        #expect(try FilePaths.list(folder.path).isEmpty)
    }
}
