internal import Catalogue
internal import ZooBase
internal import ZooCheckpoint
internal import ZooData
internal import ZooModels
internal import ZooStore
internal import ZooTensor
internal import ZooText
internal import ZooTrain

/// A version with a head, ready to be asked.
struct Classifier {
    let version: ModelVersion
    let manifest: Manifest
    let labels: [String]
    let tokenizer: Tokenizer
    let maximumLength: Int
    /// Of the matrix products.
    let precision: Precision
    private let model: SequenceClassifier
    private let evaluator: Evaluator
    private let threads: Int

    /// Loads the version that `text` names; its blobs are verified.
    ///
    /// A precision that the processor has no instructions for gives way to f32.
    init(_ text: String, in store: Store, threads: Int?, precision: Precision = .f32) throws {
        version = try store.version(text)
        let files = try ModelFiles(version, in: store, verify: true)
        manifest = files.manifest!
        guard !manifest.labels.isEmpty else { throw KitError.noHead(version: version.description) }
        labels = manifest.labels
        self.threads = threads ?? Threads.available
        guard self.threads > 0 else {
            throw KitError.invalidOption(name: "--threads", value: "\(self.threads)", expected: "at least 1")
        }
        tokenizer = try files.tokenizer()
        model = try files.classifier(HeadSpecification(labelCount: labels.count, source: .stored))
        let trained = manifest.derivation.parameters["recipe"]?["maxLength"]?.integer
        maximumLength = min(trained ?? model.encoder.maximumLength, model.encoder.maximumLength)
        let engine = Engine(threads: self.threads)
        engine.precision = precision.isNative ? precision : .f32
        self.precision = engine.precision
        evaluator = Evaluator(model, engine: engine)
    }

    /// The model, for an exporter.
    var sequenceClassifier: SequenceClassifier { model }

    /// The version's task in the catalogue; nil for a head that came from elsewhere.
    var task: TaskDescription? { manifest.task.flatMap { try? Catalogue.task($0) } }

    /// Logits and the number of tokens cut off, for each text in order; `spent` gets the time inside the model.
    func run(
        _ texts: [String], progress: (Int) -> Void = { _ in }, spent: (Duration) -> Void = { _ in }
    ) throws -> (logits: [[Float]], truncated: [Int]) {
        let encoded = tokenizer.encodeIDsBatch(texts, maximumLength: maximumLength, threads: threads)
        let rows = encoded.map { TokenizedRow(ids: $0.ids, typeIDs: $0.typeIDs) }
        let start = ContinuousClock.now
        let logits = try evaluator.logits(rows, progress: progress)
        spent(ContinuousClock.now - start)
        return (logits, encoded.map(\.truncatedTokenCount))
    }

    /// Texts this version, or one it comes from, was trained on, as `RowDigests` keeps them.
    func trainingRows(in store: Store) throws -> Set<UInt64> { try RowDigests.trained(manifest, in: store) }
}

extension Prediction {
    init(text: String, line: Int, labels: [String], logits: [Float], truncatedTokenCount: Int) {
        let record = PredictionRecord(row: ContentDigest(of: []), target: nil, logits: logits)
        let shares = record.probabilities
        self.init(
            text: text, line: line, label: labels[record.predicted], probability: shares[record.predicted],
            probabilities: zip(labels, shares).map { ($0, $1) }, logits: logits.map(Double.init),
            truncatedTokenCount: truncatedTokenCount)
    }
}
