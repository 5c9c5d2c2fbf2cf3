import Glibc
internal import ZooBase
internal import ZooData

/// Where the texts to label come from.
public enum PredictionSource: Sendable {
    /// These.
    case texts([String])
    /// The lines of standard input.
    case standardInput
    /// The rows of a data file.
    case file(DataRequest)
}

/// What was labelled.
public struct PredictionSummary: Sendable {
    /// Texts labelled.
    public fileprivate(set) var rowCount = 0
    /// Texts cut to the maximum length.
    public fileprivate(set) var truncatedRowCount = 0
    /// Texts that were in the version's training data.
    public fileprivate(set) var trainingOverlap = 0
}

extension Registry {
    /// Labels texts and hands out one prediction a text, in order, at a steady memory.
    @discardableResult
    public func predict(
        _ reference: String, _ source: PredictionSource, threads: Int?, emit: (Prediction) throws -> Void
    ) throws -> PredictionSummary {
        let store = reading
        let classifier = try Classifier(reference, in: store, threads: threads)
        let trained = try classifier.trainingRows(in: store)
        var summary = PredictionSummary()
        func flush(_ texts: [String]) throws {
            let (logits, truncated) = try classifier.run(texts)
            summary.rowCount += texts.count
            summary.truncatedRowCount += truncated.count { $0 > 0 }
            if !trained.isEmpty {
                summary.trainingOverlap += texts.count { trained.contains(RowDigests.key(ContentDigest(of: $0))) }
            }
            for index in texts.indices {
                try emit(
                    Prediction(
                        text: texts[index], labels: classifier.labels, logits: logits[index],
                        truncatedTokenCount: truncated[index]))
            }
        }
        func drain(_ stream: inout some RowStream) throws {
            var texts: [String] = []
            while let row = try stream.next() {
                texts.append(row.text)
                if texts.count == Self.window {
                    try flush(texts)
                    texts.removeAll(keepingCapacity: true)
                }
            }
            if !texts.isEmpty { try flush(texts) }
        }
        switch source {
        case .texts(let texts): try flush(texts)
        case .standardInput:
            var lines = LineStream(descriptor: STDIN_FILENO, name: "standard input")
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
    /// Its columns are text, label, probability, and the probability of each label.
    public func predict(
        _ reference: String, _ source: PredictionSource, toCSV path: String, threads: Int?
    ) throws -> PredictionSummary {
        var file = try AtomicFile(at: path)
        var hasHeader = false
        let summary = try predict(reference, source, threads: threads) { prediction in
            if !hasHeader {
                hasHeader = true
                let header = ["text", "label", "probability"] + prediction.probabilities.map(\.label)
                try file.write(Array(CSVWriter.row(header).utf8))
            }
            let numbers = [prediction.probability] + prediction.probabilities.map(\.probability)
            let row = [prediction.text, prediction.label] + numbers.map { String(Float($0)) }
            try file.write(Array(CSVWriter.row(row).utf8))
        }
        try file.commit()
        return summary
    }

    /// Texts that are labelled together.
    private static let window = 4096
}
