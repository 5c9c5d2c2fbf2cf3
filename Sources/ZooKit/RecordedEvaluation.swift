internal import ZooBase
internal import ZooStore

/// What the record of an evaluation tells without its predictions.
struct RecordedEvaluation {
    /// The name of the data file, or of the task's samples.
    let data: String
    /// The SHA-256 of the data file, in hexadecimal digits.
    let dataDigest: String
    /// Rows that were judged.
    let rowCount: Int
    /// Every metric, by name.
    let metrics: [MetricValue]

    init(_ record: Record) {
        data = record.body["data"]?.string ?? "?"
        dataDigest = record.body["dataDigest"]?.string ?? ""
        rowCount = record.body["rows"]?.integer ?? 0
        metrics = [MetricValue](record.body["metrics"])
    }

    /// Accuracy where there is one, else the first.
    var main: MetricValue? { metrics.first { $0.name == "accuracy" } ?? metrics.first }

    /// The evaluations of a version, the last one of each data file, oldest first.
    static func last(of version: ModelVersion, in store: Store) throws -> [RecordedEvaluation] {
        var found: [RecordedEvaluation] = []
        for record in try store.records.list(version.manifest, kind: "evaluation") {
            let evaluation = RecordedEvaluation(record)
            found.removeAll { $0.dataDigest == evaluation.dataDigest }
            found.append(evaluation)
        }
        return found
    }
}
