internal import Catalogue
internal import ZooBase
internal import ZooData
internal import ZooStore
internal import ZooTrain

extension Registry {
    /// Judges a version on labelled rows and keeps the predictions, so that a later comparison needs no new run.
    ///
    /// Predictions kept of this version on these rows, read the same way, are the answer without a new run.
    ///
    /// - Parameters:
    ///   - mistakes: how many of the most confident mistakes to return.
    ///   - isForced: whether the model is run although there are predictions.
    public func evaluate(
        _ reference: String, data request: DataRequest, mistakes: Int, threads: Int?, isForced: Bool = false
    ) throws -> EvaluateResult {
        let clock = ContinuousClock()
        let start = clock.now
        let store = reading
        let version = try store.version(reference)
        let manifest = try store.manifest(of: version)
        guard !manifest.labels.isEmpty else { throw KitError.noHead(version: version.description) }
        let task = manifest.task.flatMap { try? Catalogue.task($0) }
        let data = try LoadedData(request, task: task, sample: .test)
        let kept = try Judgement(
            recorded: version, manifest: manifest, data, task: task, asked: request.labels, in: store)
        let judged: Judgement
        if let kept, !isForced {
            judged = kept
        } else {
            let classifier = try Classifier(version.description, in: store, threads: threads)
            judged = try Judgement(classifier, data, asked: request.labels)
            if kept?.records != judged.records { try judged.keep(in: self) }
        }
        return judged.result(
            mistakes: mistakes, overlap: try RowDigests.trained(manifest, in: store),
            wasRecorded: kept != nil && !isForced, seconds: (clock.now - start).seconds)
    }
}

/// What a version says about the rows of some data.
struct Judgement {
    let version: ModelVersion
    let data: LoadedData
    let rows: ClassifiedRows
    fileprivate let records: [PredictionRecord]
    private let truncatedRowCount: Int

    /// Runs `classifier` over `data`.
    init(_ classifier: Classifier, _ data: LoadedData, asked: String?) throws {
        let (logits, truncated) = try classifier.run(data.dataset.rows.map(\.text))
        try self.init(
            version: classifier.version, data: data,
            truth: try Self.truth(data.dataset, of: classifier.manifest, task: classifier.task, asked: asked),
            labels: classifier.labels, logits: logits, truncatedRowCount: truncated.count { $0 > 0 })
    }

    /// The predictions kept of `version` on `data`; nil when there are none.
    init?(
        recorded version: ModelVersion, manifest: Manifest, _ data: LoadedData, task: TaskDescription?, asked: String?,
        in store: Store
    ) throws {
        let digest = JSON.string(data.dataset.fileDigest.hex)
        let request = JSON.string(Self.readingKey(data))
        let record = try store.records.list(version.manifest, kind: "evaluation").last {
            $0.body["dataDigest"] == digest && $0.body["reading"] == request
        }
        guard let lines = record?.body["predictions"]?.string.map({ Array($0.utf8) }),
            let records = try? PredictionRecord.read(lines),
            records.map(\.row) == data.dataset.rows.map(\.digest)
        else { return nil }
        try self.init(
            version: version, data: data,
            truth: try Self.truth(data.dataset, of: manifest, task: task, asked: asked),
            labels: manifest.labels, logits: records.map(\.logits),
            truncatedRowCount: record?.body["truncatedRows"]?.integer ?? 0)
    }

    private init(
        version: ModelVersion, data: LoadedData, truth: [Int], labels: [String], logits: [[Float]],
        truncatedRowCount: Int
    ) throws {
        self.version = version
        self.data = data
        self.truncatedRowCount = truncatedRowCount
        records = zip(zip(data.dataset.rows, truth), logits).map { row, logits in
            PredictionRecord(row: row.0.digest, target: .label(row.1), logits: logits)
        }
        rows = PredictionRecord.classified(records, labels: labels)
    }

    /// The numbers of the rows' labels: as asked, as the version's training data spelled them, or as the task does.
    ///
    /// Words that spell a part of the version's labels are understood; numbers may count other classes and are not.
    private static func truth(
        _ dataset: Dataset, of manifest: Manifest, task: TaskDescription?, asked: String?
    ) throws -> [Int] {
        let labels = manifest.labels
        let spellings = manifest.derivation.parameters["labels"]?["spellings"]?.array ?? []
        let entries = spellings.compactMap { entry in
            labels.firstIndex { $0 == entry["label"]?.string }.flatMap { label in
                entry["spelling"]?.string.map { LabelMapping.Entry(spelling: $0, label: label) }
            }
        }
        if let asked { return try LabelMapping(asked: asked, among: labels).numbers(of: dataset) }
        let own = LabelMapping(labels: labels, entries: entries, reason: "the labels of the version")
        let found = dataset.labelCounts.map(\.label)
        if !found.allSatisfy({ own.number(of: $0) != nil }), let task,
            let mapping = try? task.labelMapping(dataset, asked: nil), Set(mapping.labels).isSubset(of: labels),
            mapping.labels == labels || found.contains(where: { Double($0) == nil })
        {
            return try mapping.renamed(to: labels).numbers(of: dataset)
        }
        return try own.numbers(of: dataset)
    }

    /// What decides, beside the file's bytes, which rows it has.
    private static func readingKey(_ data: LoadedData) -> String { data.dataset.columns.json.text(.canonical) }

    /// Adds the predictions to the version's records; a registry that cannot be written to is no reason to fail.
    func keep(in registry: Registry) throws {
        let body: JSON = [
            "dataDigest": .string(data.dataset.fileDigest.hex), "data": .string(data.name),
            "reading": .string(Self.readingKey(data)), "rows": .integer(rows.count),
            "truncatedRows": .integer(truncatedRowCount),
            "metrics": .metrics(metrics.map { MetricValue(name: $0.name, value: $0.value, interval: nil) }),
            "predictions": .string(String(decoding: PredictionRecord.lines(records), as: UTF8.self)),
        ]
        let store = registry.writing
        do { try store.records.append("evaluation", body, to: version.manifest) } catch {
            guard error.kind == .resource else { throw error }
            registry.tell("the predictions were not kept: \(error.message)")
        }
    }

    /// Every metric with its interval.
    var metrics: [MetricValue] {
        Bootstrap().measure(ClassificationMetrics.all, rows, rowCount: rows.count).map(MetricValue.init)
    }

    func result(mistakes: Int, overlap: Set<UInt64>, wasRecorded: Bool, seconds: Double) -> EvaluateResult {
        let matrix = ConfusionMatrix(rows)
        let accounting = data.dataset.accounting
        return EvaluateResult(
            version: version.description, data: data.name, dataDigest: data.dataset.fileDigest,
            rowCount: rows.count,
            dropped: [
                ("rows without text", accounting.emptyText), ("rows without label", accounting.emptyLabel),
                ("malformed rows", accounting.malformed), ("duplicate rows (kept)", accounting.duplicates),
                ("rows with contradicting labels (kept)", accounting.conflicts - accounting.conflictsDropped),
            ].filter { $0.1 > 0 }, truncatedRowCount: truncatedRowCount,
            trainingOverlap: data.dataset.rows.count { overlap.contains(RowDigests.key($0.textDigest)) },
            metrics: metrics,
            perLabel: zip(rows.labels, matrix.scores).map { label, score in
                LabelScore(
                    label: label, precision: score.precision, recall: score.recall, f1: score.f1,
                    support: score.support)
            }, confusion: matrix.counts,
            mistakes: rows.truth.indices.filter { !rows.isRight($0) }
                .sorted { (rows.confidence($1), $0) < (rows.confidence($0), $1) }.prefix(mistakes).map(mistake),
            wasRecorded: wasRecorded, seconds: seconds)
    }

    /// Row `index` as an example of a mistake.
    func mistake(_ index: Int) -> Mistake {
        Mistake(
            line: data.dataset.rows[index].line, text: data.dataset.rows[index].text,
            label: rows.labels[rows.truth[index]], predicted: rows.labels[rows.predicted[index]],
            probability: rows.confidence(index))
    }
}
