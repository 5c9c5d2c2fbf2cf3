import Testing
import ZooBase
import ZooModels
import ZooNN
import ZooTensor

/// Every architecture, built small from random weights.
@Suite struct ClassifierTests {
    /// The tensors of a base without a head, as the architecture names them.
    private func base(_ architecture: any Architecture.Type, dialect: String = "", dtype: DType = .f32) throws
        -> [TensorView]
    {
        // The reports of failed loadings tell which tensors there must be, and then their shapes.
        var tensors = [view(dialect + architecture.landmark, [1], dtype)]
        while let report = problems(architecture, tensors) {
            tensors.removeAll { tensor in report.mismatched.contains { $0.name == tensor.info.name } }
            tensors += report.mismatched.map { view($0.name, $0.expected, dtype) }
            tensors += report.missing.map { view($0, [0], dtype) }
        }
        return tensors
    }

    /// Why these tensors do not load; nil when they do.
    private func problems(_ architecture: any Architecture.Type, _ tensors: [TensorView]) -> LoadReport? {
        do {
            _ = try load(architecture, tensors)
        } catch let error as ModelError {
            if case .weights(let report) = error { return report }
            Issue.record(error)
        } catch {
            Issue.record(error)
        }
        return nil
    }

    private func view(_ name: String, _ shape: Shape, _ dtype: DType) -> TensorView {
        let elements = (0..<shape.elementCount).map { Float(CounterRandom.mix(3, UInt64($0)) >> 40) * 0x1p-27 - 0.0625 }
        return Parameter(name: name, shape: shape, role: .init(depth: 0, isNormOrBias: false), elements: elements)
            .view(as: dtype)!
    }

    private func load(
        _ architecture: any Architecture.Type, _ tensors: [TensorView], labels: Int = 2,
        _ source: HeadSpecification.Source = .fresh(seed: 5), configuration: JSON? = nil
    ) throws -> SequenceClassifier {
        try SequenceClassifier.load(
            tensors: tensors, configuration: configuration ?? architecture.tiny,
            head: HeadSpecification(labelCount: labels, source: source))
    }

    @Test(arguments: 0..<Architectures.all.count) func loadsFromEveryDialectAndDtype(_ index: Int) throws {
        let architecture = Architectures.all[index]
        let batch = TokenBatch(sequences: [[1, 2, 3], [4]])
        let engine = Engine(threads: 1)
        var first: [Float]?
        for dialect in architecture.dialects {
            for dtype in [DType.f32, .f64, .bf16, .f16] {
                let model = try load(architecture, base(architecture, dialect: dialect, dtype: dtype))
                #expect(model.report.fresh == ["classifier.weight", "classifier.bias"])
                let pass = Pass(engine: engine, mode: .inference, packing: batch.packing)
                let logits = model.logits(batch, pass).elements
                #expect(logits.count == 4 && logits.allSatisfy(\.isFinite))
                if let first { #expect(largest(logits, first) < 0.05) } else { first = logits }
            }
        }
    }

    @Test func untrainedTensorsKeepTheirBytes() throws {
        let architecture = Bert.self
        let ids = Parameter(
            name: "embeddings.position_ids", shape: [1, 4], role: .init(depth: 0, isNormOrBias: false),
            elements: [0, 1, 2, 3]
        ).view(as: .f16)!
        let tensors = try base(architecture, dtype: .f16) + [ids]
        let model = try load(architecture, tensors)
        #expect(model.report.unused == ["embeddings.position_ids"])
        for parameter in model.parameters { parameter.isTrainable = parameter.role.depth == model.headDepth }
        let engine = Engine(threads: 1)
        let batch = TokenBatch(sequences: [[1, 2, 3], [4]])
        let pass = Pass(engine: engine, mode: .training(seed: 1, step: 0), packing: batch.packing)
        _ = pass.crossEntropy(model.logits(batch, pass), labels: [0, 1])
        pass.backward()
        let optimizer = AdamW(model.parameters.filter(\.isTrainable), engine: engine)
        optimizer.step(optimizer.parameters.map { _ in .init(learningRate: 0.1, weightDecay: 0) })
        let saved = try model.tensorsForSaving()
        #expect(saved.map(\.info.name) == tensors.map(\.info.name) + ["classifier.weight", "classifier.bias"])
        for (before, after) in zip(tensors, saved) {
            #expect(before.info == after.info && before.storage === after.storage)
        }
        #expect(saved.suffix(2).allSatisfy { $0.info.dtype == .f32 })
        // What was saved loads again with its own head and gives the same logits.
        let again = try load(architecture, saved, .stored)
        let logits = [model, again].map {
            $0.logits(batch, Pass(engine: engine, mode: .inference, packing: batch.packing)).elements
        }
        #expect(logits[0] == logits[1])
        // A head of another size takes its place.
        let wider = try load(architecture, saved, labels: 5)
        #expect(wider.report.replaced == ["classifier.weight", "classifier.bias"])
        #expect(try wider.tensorsForSaving(.bf16).count == saved.count)
        #expect(throws: ModelError.cannotSave(.i8)) { try wider.tensorsForSaving(.i8) }
    }

    @Test func freshHeadsDependOnSeedAndNameOnly() throws {
        let tensors = try base(Bert.self)
        func head(_ seed: UInt64) throws -> [Float] {
            try load(Bert.self, tensors, labels: 40, .fresh(seed: seed)).parameters.suffix(2).first!.elements
        }
        let weights = try head(1)
        #expect(try weights == head(1))
        #expect(try weights != head(2))
        let deviation = norm(weights) / Double(weights.count).squareRoot()
        #expect(abs(deviation - 0.02) < 0.002)
    }

    @Test func weightsThatDoNotFitAreListed() throws {
        var tensors = try base(Bert.self)
        let missing = tensors.remove(at: 4).info.name
        let bent = tensors.remove(at: 7).info
        tensors += [view(bent.name, [3, 3], .f32), view("stray", [1], .f32)]
        let report = try #require(problems(Bert.self, tensors))
        #expect(report.missing == [missing] && report.unexpected == ["stray"])
        #expect(report.mismatched.map(\.name) == [bent.name])
        #expect(report.mismatched.first?.expected == bent.shape && report.mismatched.first?.found == [3, 3])
        let message = ModelError.weights(report).message
        for name in [missing, bent.name, "stray", "[3, 3]"] { #expect(message.contains(name)) }
        #expect(throws: ModelError.self) { try load(Bert.self, [view("x", [1], .f32)]) }
    }

    @Test(
        arguments: [
            ("hidden_size", nil), ("hidden_size", -1), ("num_attention_heads", 5), ("hidden_act", "relu"),
            ("hidden_dropout_prob", 1), ("vocab_size", "many"), ("position_embedding_type", "relative_key"),
        ] as [(String, JSON?)])
    func badConfigurationsNameTheKey(_ key: String, _ value: JSON?) throws {
        let tensors = try base(Bert.self)
        let members = (Bert.tiny.members ?? []).filter { $0.name != key } + (value.map { [JSONMember(key, $0)] } ?? [])
        let error = #expect(throws: ModelError.self) {
            try load(Bert.self, tensors, configuration: .object(members))
        }
        #expect(error?.message.contains(key) ?? false)
    }

    @Test func idsWithoutARowAreRefused() throws {
        let model = try load(Bert.self, base(Bert.self))
        try model.check(TokenBatch(sequences: [[119]]))
        #expect(throws: ModelError.self) { try model.check(TokenBatch(sequences: [[120]])) }
        #expect(throws: ModelError.self) { try model.check(TokenBatch(sequences: [[1]], typeIDs: [[2]])) }
        #expect(throws: ModelError.self) { try model.check(TokenBatch(sequences: [Array(repeating: 1, count: 41)])) }
    }

    @Test func pooledOutputsCanBeKept() throws {
        let model = try load(Bert.self, base(Bert.self))
        let batch = TokenBatch(sequences: [[1, 2, 3], [4], [5, 6]])
        let pass = Pass(engine: Engine(threads: 2), mode: .inference, packing: batch.packing)
        let kept = model.encoder.pooled(batch, pass).elements
        let input = pass.constant(rows: 3, width: 32) { _ = $0.update(fromContentsOf: kept) }
        #expect(model.logits(pooled: input, pass).elements == model.logits(batch, pass).elements)
    }

    @Test(arguments: [1, 2]) func statesCanBeKept(layers: Int) throws {
        let model = try load(Bert.self, base(Bert.self))
        let batch = TokenBatch(sequences: [[1, 2, 3], [4], [5, 6]])
        let engine = Engine(threads: 2)
        func pass() -> Pass { Pass(engine: engine, mode: .training(seed: 1, step: 0), packing: batch.packing) }
        for parameter in model.parameters where parameter.role.depth <= layers { parameter.isTrainable = false }
        let kept = model.encoder.states(batch, after: layers, pass()).elements
        let rest = pass()
        let states = rest.constant(rows: 6, width: 32) { _ = $0.update(fromContentsOf: kept) }
        let logits = model.logits(states: states, after: layers, rest).elements
        // Dropout above the frozen layers falls on the same elements.
        #expect(distance(logits, model.logits(batch, pass()).elements) < 1e-5)
    }

    @Test func theLastLayerOfTheFirstTokensIsThatOfAllTokens() throws {
        let model = try load(Bert.self, base(Bert.self))
        let batch = TokenBatch(sequences: [[1, 2, 3], [4], [5, 6]])
        let engine = Engine(threads: 2)
        let pass = Pass(engine: engine, mode: .inference, packing: batch.packing)
        let states = pass.constant(rows: 6, width: 32) { numbers in
            let whole = model.encoder.encoded(batch, Pass(engine: engine, mode: .inference, packing: batch.packing))
            _ = numbers.update(fromContentsOf: whole.elements)
        }
        let pooled = model.encoder.pooled(states: states, after: model.encoder.layerCount, pass).elements
        #expect(distance(pooled, model.encoder.pooled(batch, pass).elements) < 1e-5)
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? .infinity }

    @Test func theRecordedGraphIsTheModel() throws {
        let model = try load(Bert.self, base(Bert.self))
        let graph = model.graph(Engine(threads: 1))
        // Embedding; a layer is 3 + 1 + 1 + 1 + 2 + 1 operations; first token, pooler, dropout, head.
        #expect(graph.nodes.count == 1 + 2 * 9 + 4)
        var known: Set = [Graph.idsValue, Graph.typesValue]
        for node in graph.nodes {
            #expect(node.inputs.allSatisfy(known.contains) && known.insert(node.output).inserted)
        }
        #expect(graph.outputs == [graph.nodes[graph.nodes.count - 1].output])
        #expect(graph.nodes.last?.width == 2)
    }
}
