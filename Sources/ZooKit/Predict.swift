import Glibc
public import ZooBase
internal import ZooData
internal import ZooTensor

/// Where the texts to label come from.
public enum PredictionSource: Sendable {
    /// These.
    case texts([String])
    /// The lines of standard input, in an encoding such as `utf8`.
    case standardInput(encoding: String)
    /// The rows of a data file.
    case file(DataRequest)
}

/// What was labelled.
public struct PredictionSummary: Sendable, JSONRepresentable {
    /// Texts labelled.
    public fileprivate(set) var rowCount = 0
    /// Texts cut to the maximum length.
    public fileprivate(set) var truncatedRowCount = 0
    /// Rows of the source that have no prediction.
    public fileprivate(set) var droppedRowCount = 0
    /// Why, in words; empty when there are none.
    public fileprivate(set) var dropped = ""
    /// Texts that were in the training data of the version or of one it comes from.
    public fileprivate(set) var trainingOverlap = 0
    /// Number format of the matrix products: `f32` or `bf16`.
    public fileprivate(set) var precision = "f32"
    /// Texts a second inside the model, which has their token ids; nil when there was none.
    public var rowsPerSecond: Double? { timeInModel > .zero ? Double(rowCount) / (timeInModel / .seconds(1)) : nil }
    fileprivate var timeInModel = Duration.zero

    /// All fields, camelCase.
    public var json: JSON {
        [
            "rows": .integer(rowCount), "truncatedRows": .integer(truncatedRowCount),
            "droppedRows": .integer(droppedRowCount), "trainingOverlap": .integer(trainingOverlap),
            "precision": .string(precision),
            "rowsPerSecond": rowsPerSecond.map { .number($0) } ?? .null,
        ]
    }
}

extension Registry {
    /// Labels texts and hands out one prediction a text, in order, at a steady memory.
    ///
    /// - Parameter precision: of the matrix products, `f32` or `bf16`; the summary says f32 where the processor has no
    ///   instructions for bf16.
    @discardableResult
    public func predict(
        _ reference: String, _ source: PredictionSource, threads: Int?, precision: String = "f32",
        emit: (Prediction) throws -> Void
    ) throws -> PredictionSummary {
        guard let asked = Precision(rawValue: precision) else {
            throw KitError.invalidOption(name: "--precision", value: precision, expected: "f32 or bf16")
        }
        let store = reading
        let classifier = try Classifier(reference, in: store, threads: threads, precision: asked)
        let trained = try classifier.trainingRows(in: store)
        var summary = PredictionSummary()
        summary.precision = classifier.precision.rawValue
        func flush(_ texts: [String], lines: [Int]) throws {
            let (logits, truncated) = try classifier.run(texts, spent: { summary.timeInModel += $0 })
            summary.rowCount += texts.count
            summary.truncatedRowCount += truncated.count { $0 > 0 }
            if !trained.isEmpty {
                summary.trainingOverlap += texts.count { trained.contains(RowDigests.key(ContentDigest(of: $0))) }
            }
            for index in texts.indices {
                try emit(
                    Prediction(
                        text: texts[index], line: lines[index], labels: classifier.labels, logits: logits[index],
                        truncatedTokenCount: truncated[index]))
            }
        }
        func drain(_ stream: inout some RowStream) throws {
            var rows: [DataRow] = []
            func flushRows() throws {
                try flush(rows.map(\.text), lines: rows.map(\.line))
                rows.removeAll(keepingCapacity: true)
            }
            while let row = try stream.next() {
                rows.append(row)
                if rows.count == Self.window { try flushRows() }
            }
            if !rows.isEmpty { try flushRows() }
            summary.droppedRowCount = stream.accounting.read - stream.accounting.used
            if summary.droppedRowCount > 0 { summary.dropped = stream.accounting.droppedSummary }
        }
        switch source {
        case .texts(let texts): try flush(texts, lines: Array(1...max(1, texts.count)))
        case .standardInput(let encoding):
            var request = DataRequest()
            request.encoding = encoding
            var lines = LineStream(
                descriptor: STDIN_FILENO, name: "standard input", encoding: try request.options().encoding)
            try drain(&lines)
        case .file(let request):
            var options = try request.options()
            options.isLabelled = false
            options.keepsEmptyText = true
            var rows = try TableRowStream(request.path ?? "", options: options)
            try drain(&rows)
        }
        return summary
    }

    /// Labels texts and writes a CSV file, which appears whole or not at all.
    ///
    /// Its columns are text, label, probability, the probability of each label, and the line of the source.
    ///
    /// - Parameter replaces: whether a file that is there may be replaced; never the one that is read.
    public func predict(
        _ reference: String, _ source: PredictionSource, toCSV path: String, threads: Int?, precision: String = "f32",
        replaces: Bool = false
    ) throws -> PredictionSummary {
        if case .file(let request) = source, let input = request.path, FilePaths.isSameFile(input, path) {
            throw KitError.sameFile(path: path)
        }
        guard replaces || !FilePaths.exists(path) else { throw KitError.exists(path: path) }
        var file = try AtomicFile(at: path)
        var hasHeader = false
        let summary = try predict(reference, source, threads: threads, precision: precision) { prediction in
            if !hasHeader {
                hasHeader = true
                let header = ["text", "label", "probability"] + prediction.probabilities.map(\.label) + ["line"]
                try file.write(Array(CSVWriter.row(header).utf8))
            }
            let numbers = [prediction.probability] + prediction.probabilities.map(\.probability)
            let row =
                [prediction.text, prediction.label] + numbers.map { String(Float($0)) } + [String(prediction.line)]
            try file.write(Array(CSVWriter.row(row).utf8))
        }
        try file.commit()
        return summary
    }

    /// Texts that are labelled together.
    private static let window = 4096
}
