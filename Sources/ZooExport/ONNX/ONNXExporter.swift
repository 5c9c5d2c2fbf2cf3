public import ZooBase
internal import ZooCheckpoint
internal import ZooModels
internal import ZooNN
internal import ZooTensor

/// An ONNX model (operator set 17) with any batch and sequence length, float32 weights inside; config.json and the
/// tokenizer's files go along.
///
/// Inputs: int64 `input_ids`, `attention_mask`, `token_type_ids`, each [batch, sequence]. Outputs, float32: `logits`
/// [batch, labels]; without a head `last_hidden_state` [batch, sequence, width] and `pooler_output` [batch, width].
public enum ONNXExporter: Exporter {
    /// What `--to` calls it: `onnx`.
    public static let name = "onnx"
    /// Only float32.
    public static let dtypes: [DType] = [.f32]
    static let file = "model.onnx"
    static let operatorSet: Int64 = 17

    /// Writes the folder, then reads the graph again and infers the shape of every value; see `Exporter`.
    ///
    /// - Throws: `ExportError`.
    public static func write(
        _ model: ExportableModel, to folder: String, options: ExportOptions
    ) throws(ExportError) -> ExportReport {
        guard dtypes.contains(options.dtype) else { throw .dtype(options.dtype, format: name, expected: dtypes) }
        try model.check(reserved: [HubExporter.configurationFile, file])
        let names = try HubNames.find(model.configuration)
        let graph: Graph
        do { graph = try record(model, names.architecture) } catch { throw .model(error) }
        let outputs = outputs(of: graph, model)
        let lowering = Lowering(graph, tensors: model.tensors, outputs: outputs.map(\.name))
        let constants = lowering.builder.initializers
        let layout = try ONNXFile(
            header(model, options), graph: proto(lowering.builder, outputs), initializers: constants)
        do {
            let output = try AtomicFolder(at: folder)
            let path = FilePaths.join(output.workPath, file)
            try layout.write(to: path)
            try ShapeInference.check(ONNXFile.read(path), file: file)
            try model.writeCompanions(to: output.workPath, classes: names, dtype: .f32)
            let used = Set(constants.map { ExactString(Self.parameterName($0)) })
            let report = try ExportReport(
                exporter: name, folder: folder, workPath: output.workPath,
                tensorCount: model.tensors.count { used.contains(ExactString($0.info.name)) },
                dropped: model.tensors.map(\.info.name).filter { !used.contains(ExactString($0)) },
                largestError: 0)
            try output.commit()
            return report
        } catch let error as FileError {
            throw .file(error)
        } catch let error as ExportError {
            throw error
        } catch {
            preconditionFailure("no other error can come: \(error)")
        }
    }

    /// The tensor a constant was made from.
    private static func parameterName(_ constant: Initializer) -> String {
        switch constant.content {
        case .tensor(let view), .transposed(let view): view.info.name
        case .floats, .integers: constant.name
        }
    }

    private struct Output {
        let name: String
        let dimensions: [Dimension]
    }

    private static func outputs(of graph: Graph, _ model: ExportableModel) -> [Output] {
        let widths = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.output, $0.width) })
        let outputWidths = graph.outputs.map { Dimension.known(widths[$0] ?? 0) }
        guard model.head == nil else {
            return [Output(name: "logits", dimensions: [.batch, outputWidths[0]])]
        }
        return [
            Output(name: "last_hidden_state", dimensions: [.batch, .sequence, outputWidths[0]]),
            Output(name: "pooler_output", dimensions: [.batch, outputWidths[1]]),
        ]
    }

    private static func header(_ model: ExportableModel, _ options: ExportOptions) -> Onnx_ModelProto {
        var proto = Onnx_ModelProto()
        proto.irVersion = 8
        proto.producerName = "zoo"
        proto.producerVersion = options.producerVersion
        var operators = Onnx_OperatorSetIdProto()
        operators.domain = ""
        operators.version = operatorSet
        proto.opsetImport = [operators]
        var metadata: [(String, String)] = []
        if let head = model.head {
            metadata.append(("labels", JSON.array(head.labels.map(JSON.string)).text(.compact)))
            metadata.append(("problem_type", head.problem.rawValue))
        }
        if let type = model.configuration["model_type"]?.string { metadata.append(("model_type", type)) }
        proto.metadataProps = metadata.map { key, value in
            var entry = Onnx_StringStringEntryProto()
            entry.key = key
            entry.value = value
            return entry
        }
        return proto
    }

    private static func proto(_ builder: GraphBuilder, _ outputs: [Output]) -> Onnx_GraphProto {
        var graph = Onnx_GraphProto()
        graph.name = "zoo"
        graph.node = builder.nodes
        graph.input = [Lowering.ids, Lowering.mask, Lowering.types].map {
            Onnx_ValueInfoProto($0, .int64, [.batch, .sequence])
        }
        graph.output = outputs.map { Onnx_ValueInfoProto($0.name, .float, $0.dimensions) }
        return graph
    }

    // MARK: Recording

    private static func record(
        _ model: ExportableModel, _ architecture: any Architecture.Type
    ) throws(ModelError) -> Graph {
        let engine = Engine(threads: 1)
        if let head = model.head {
            return try SequenceClassifier.load(
                tensors: model.tensors, configuration: model.configuration,
                head: HeadSpecification(labelCount: head.labels.count, source: .stored)
            ).graph(engine)
        }
        let loader = ParameterLoader(model.tensors)
        let dialect = architecture.dialects.first { loader.has($0 + architecture.landmark) }
        let encoder = try architecture.init(
            configuration: model.configuration, dropout: 0, scope: loader.scope(dialect ?? ""))
        let report = loader.finish { _ in true }
        guard report.isUsable else { throw .weights(report) }
        let pass = Pass(engine: engine, mode: .recording)
        let pooled = encoder.pooled(TokenBatch(sequences: [[0]]), pass)
        pass.output(pooled)
        var graph = pass.graph
        // The pooled output is made from the first token of the last hidden states.
        let hidden = graph.nodes.last { $0.operation == .firstToken }?.inputs[0]
        graph.outputs = (hidden.map { [$0] } ?? []) + graph.outputs
        return graph
    }
}
