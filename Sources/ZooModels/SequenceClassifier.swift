public import ZooBase
public import ZooNN
public import ZooTensor

/// What the last layer of a classifier is and where it comes from.
public struct HeadSpecification: Sendable, Hashable {
    /// Where the head's weights come from.
    public enum Source: Sendable, Hashable {
        /// Made new from this seed.
        case fresh(seed: UInt64)
        /// The checkpoint's own.
        case stored
    }

    /// Outputs; 1 means regression.
    public var labelCount: Int
    /// Where its weights come from.
    public var source: Source

    /// Gathers the facts.
    public init(labelCount: Int, source: Source) {
        self.labelCount = labelCount
        self.source = source
    }
}

/// An encoder with a linear layer on its pooled output.
public final class SequenceClassifier {
    /// The encoder.
    public let encoder: any Architecture
    /// How the checkpoint's tensors were used.
    public let report: LoadReport
    /// All parameters, in the order of the model: embeddings, layers, pooler, head.
    public let parameters: [Parameter]
    /// Outputs.
    public let labelCount: Int

    private let head: Linear
    private let tensors: [TensorView]

    private init(
        encoder: any Architecture, head: Linear, labelCount: Int, loader: ParameterLoader, report: LoadReport,
        tensors: [TensorView]
    ) {
        self.encoder = encoder
        self.head = head
        self.labelCount = labelCount
        self.report = report
        self.tensors = tensors
        parameters = loader.parameters
    }

    /// Builds the model that config.json describes from the tensors of a checkpoint.
    ///
    /// `dropout` replaces all dropout probabilities of the configuration. Unless it `needsPooler`, a model without one is
    /// taken too: its pooled outputs are zero, its hidden states are right.
    ///
    /// - Throws: `ModelError`: an unknown model type, a bad key, tensors that do not fit.
    public static func load(
        tensors: [TensorView], configuration: JSON, head specification: HeadSpecification, dropout: Double? = nil,
        needsPooler: Bool = true
    ) throws(ModelError) -> SequenceClassifier {
        let type = configuration["model_type"]?.string
        guard let architecture = type.flatMap(Architectures.find) else {
            throw .unknownModelType(type, known: Architectures.all.flatMap { $0.modelTypes })
        }
        let loader = ParameterLoader(tensors)
        guard let dialect = architecture.dialects.first(where: { loader.has($0 + architecture.landmark) }) else {
            throw .foreignNames(
                architecture: architecture.name, expected: architecture.dialects.map { $0 + architecture.landmark })
        }
        if !needsPooler { loader.mayLack(architecture.pooling.map { dialect + $0 }) }
        let encoder = try architecture.init(
            configuration: configuration, dropout: dropout, scope: loader.scope(dialect))
        var place = loader.scope(depth: encoder.layerCount + 2)["classifier"]
        if case .fresh(let seed) = specification.source { place = place.fresh(seed: seed) }
        let head = place.linear(encoder.width, specification.labelCount)
        let report = loader.finish { name in
            architecture.isHarmless(name)
                || name.hasPrefix(dialect) && architecture.isHarmless(String(name.dropFirst(dialect.count)))
        }
        guard report.isUsable else { throw .weights(report) }
        return SequenceClassifier(
            encoder: encoder, head: head, labelCount: specification.labelCount, loader: loader, report: report,
            tensors: tensors)
    }

    /// Whether the checkpoint has the pooler; a model loaded without one makes zeros of it.
    public var hasPooler: Bool { report.replacedByZeros.isEmpty }

    /// The depth of the head's parameters; the pooler's is one less, layer k's is k + 1, the embeddings' 0.
    public var headDepth: Int { encoder.layerCount + 2 }

    /// Fails when the model has no row for an id or a place.
    ///
    /// - Throws: `ModelError.outsideTable`.
    public func check(_ batch: TokenBatch) throws(ModelError) {
        func require(_ what: String, _ value: Int, below limit: Int) throws(ModelError) {
            guard value < limit else { throw .outsideTable(what: what, value: value, limit: limit) }
        }
        try require("token id", Int(batch.ids.max() ?? 0), below: encoder.vocabularySize)
        try require("segment id", Int(batch.typeIDs.max() ?? 0), below: encoder.typeCount)
        guard batch.packing.maximumLength <= encoder.maximumLength else {
            throw .outsideTable(
                what: "sequence length", value: batch.packing.maximumLength, limit: encoder.maximumLength)
        }
    }

    /// Logits [sequences, labels].
    public func logits(_ batch: TokenBatch, _ pass: Pass) -> Tensor {
        logits(pooled: encoder.pooled(batch, pass), pass)
    }

    /// Logits from the hidden states after `layers` layers: what remains when those are frozen.
    public func logits(states: Tensor, after layers: Int, _ pass: Pass) -> Tensor {
        logits(pooled: encoder.pooled(states: states, after: layers, pass), pass)
    }

    /// Logits from pooled outputs: what remains when the encoder is frozen.
    public func logits(pooled: Tensor, _ pass: Pass) -> Tensor {
        head(pass.dropout(pooled, Float(encoder.headDropout)), pass)
    }

    /// The operations of the model in order, for an exporter; the output is the logits.
    public func graph(_ engine: Engine) -> Graph {
        let pass = Pass(engine: engine, mode: .recording)
        pass.output(logits(TokenBatch(sequences: [[0]]), pass))
        return pass.graph
    }

    /// The tensors of a checkpoint of this model, in the names it was loaded with: those that were not trained with
    /// the bytes they came with, the others as `dtype`, then what is new.
    ///
    /// - Throws: `ModelError.cannotSave` when `dtype` is no float type.
    public func tensorsForSaving(_ dtype: DType = .f32) throws(ModelError) -> [TensorView] {
        var changed: [ExactString: TensorView] = [:]
        for parameter in parameters where parameter.isChanged {
            guard let view = parameter.view(as: dtype) else { throw .cannotSave(dtype) }
            changed[ExactString(parameter.name)] = view
        }
        let kept = tensors.map { changed[ExactString($0.info.name)] ?? $0 }
        let names = Set(tensors.map { ExactString($0.info.name) })
        return kept
            + parameters.filter { !names.contains(ExactString($0.name)) }.compactMap { changed[ExactString($0.name)] }
    }
}
