import Testing
import ZooBase
import ZooCheckpoint

@testable import ZooExport

@Suite struct ONNXTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func export(_ model: ExportableModel) throws -> Onnx_ModelProto {
        _ = try ONNXExporter.write(model, to: folder("out"), options: Fixtures.options)
        return try ONNXFile.read(folder("out/model.onnx"))
    }

    @Test func interfaceAndMetadata() throws {
        let model = try export(Fixtures.classifier())
        #expect(model.producerName == "zoo" && model.producerVersion == "1.2.3" && model.irVersion == 8)
        #expect(model.opsetImport.map(\.version) == [17])
        #expect(model.graph.input.map(\.name) == ["input_ids", "attention_mask", "token_type_ids"])
        #expect(model.graph.input.allSatisfy { $0.dimensions == [.batch, .sequence] })
        #expect(model.graph.output.map(\.name) == ["logits"])
        #expect(model.graph.output[0].dimensions == [.batch, .known(3)])
        let metadata = Dictionary(uniqueKeysWithValues: model.metadataProps.map { ($0.key, $0.value) })
        #expect(metadata["labels"] == #"["bad","fair","good"]"#)
        #expect(metadata["problem_type"] == "single_label_classification")
    }

    @Test func baseGivesHiddenStates() throws {
        let model = try export(Fixtures.classifier(Fixtures.baseTensors(), head: nil))
        #expect(model.graph.output.map(\.name) == ["last_hidden_state", "pooler_output"])
        #expect(model.graph.output[0].dimensions == [.batch, .sequence, .known(32)])
    }

    @Test func everyWeightIsInTheFileOnce() throws {
        let graph = try export(Fixtures.classifier()).graph
        let constants = Dictionary(uniqueKeysWithValues: graph.initializer.map { ($0.name, $0) })
        for tensor in try Fixtures.tensors() {
            let name = tensor.info.name
            if let stored = constants[name] {
                #expect(
                    Array(stored.rawData) == tensor.bytes && stored.dims.map { Int($0) } == tensor.info.shape.dimensions
                )
            } else {
                let stored = try #require(constants[name + ".transposed"])
                let (rows, columns) = (tensor.info.shape[0], tensor.info.shape[1])
                #expect(stored.dims == [Int64(columns), Int64(rows)])
                let (bytes, moved) = (tensor.bytes, Array(stored.rawData))
                for row in 0..<rows {
                    for column in 0..<columns {
                        let (from, to) = ((row * columns + column) * 4, (column * rows + row) * 4)
                        #expect(bytes[from..<from + 4] == moved[to..<to + 4])
                    }
                }
            }
        }
        let read = Set(graph.node.flatMap(\.input))
        #expect(graph.initializer.allSatisfy { read.contains($0.name) })
    }

    /// Weights of another dtype are written as float32.
    @Test func weightsBecomeFloat32() throws {
        let half = try Fixtures.tensors().map { try $0.cast(to: .f16).view }
        let graph = try export(Fixtures.classifier(half)).graph
        let bias = try #require(graph.initializer.first { $0.name == "classifier.bias" })
        let original = try #require(half.first { $0.info.name == "classifier.bias" })
        #expect(try Array(bias.rawData) == original.cast(to: .f32).view.bytes)
    }

    static let damages: [@Sendable (inout Onnx_GraphProto) -> Void] = [
        { $0.node.removeFirst() },
        { $0.node.append($0.node[0]) },
        { $0.output[0].type.tensorType.shape.dim.removeLast() },
        { $0.initializer[0].rawData.removeLast() },
        { graph in graph.initializer.removeAll { $0.name == "classifier.bias" } },
        { graph in graph.node.firstIndex { $0.opType == "MatMul" }.map { graph.node[$0].input.reverse() } },
        { graph in graph.node.firstIndex { $0.opType == "Transpose" }.map { graph.node[$0].attribute[0].ints = [0, 1] }
        },
        { graph in
            graph.node.firstIndex { $0.opType == "Transpose" }.map { graph.node[$0].attribute[0].ints = [0, 1, 2, 3] }
        },
        { graph in
            graph.node.firstIndex { $0.opType == "Reshape" }.map { graph.node[$0].input[1] = "constant.[0,0,32]" }
        },
        { graph in graph.node.firstIndex { $0.opType == "Cast" }.map { graph.node[$0].attribute[0].i = 7 } },
        { $0.node[0].opType = "Resize" },
    ]

    @Test(arguments: damages.indices) func aWrongGraphIsNoticed(_ number: Int) throws {
        var model = try export(Fixtures.classifier())
        try ShapeInference.check(model, file: "f")
        Self.damages[number](&model.graph)
        let error = #expect(throws: ExportError.self) { try ShapeInference.check(model, file: "f") }
        #expect(error?.kind == .defect)
    }
}
