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

extension Registry {
    /// Labels texts and hands out one prediction a text, in order, at a steady memory.
    public func predict(
        _ reference: String, _ source: PredictionSource, threads: Int?, emit: (Prediction) throws -> Void
    ) throws {
        let classifier = try Classifier(reference, in: reading, threads: threads)
        func flush(_ texts: [String]) throws {
            let (logits, truncated) = try classifier.run(texts)
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
    }

    /// Labels texts and writes a CSV file, which appears whole or not at all.
    ///
    /// Text, label, probability, and the probability of each label. Returns the number of rows.
    public func predict(
        _ reference: String, _ source: PredictionSource, toCSV path: String, threads: Int?
    ) throws -> Int {
        var file = try AtomicFile(at: path)
        var count = 0
        try predict(reference, source, threads: threads) { prediction in
            if count == 0 {
                let header = ["text", "label", "probability"] + prediction.probabilities.map(\.label)
                try file.write(Array(CSVWriter.row(header).utf8))
            }
            let numbers = [prediction.probability] + prediction.probabilities.map(\.probability)
            let row = [prediction.text, prediction.label] + numbers.map { String(Float($0)) }
            try file.write(Array(CSVWriter.row(row).utf8))
            count += 1
        }
        try file.commit()
        return count
    }

    /// Texts that are labelled together.
    private static let window = 4096
}
