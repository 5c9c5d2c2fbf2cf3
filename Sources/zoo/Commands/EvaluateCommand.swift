import ArgumentParser
import ZooKit

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Judge a version on labelled rows; the predictions are kept.",
        discussion: """
            Example: zoo evaluate reviews --data test.csv --errors 5
            Rows that were judged before, read the same way, are answered from what was kept; --force runs the model.
            """)
    @Argument(help: "The version.") var reference: String
    @Option(help: "Labelled rows (default: the task's own test sample).", completion: .file()) var data: String?
    @Option(help: "Show this many of the most confident mistakes.") var errors = 0
    @OptionGroup(title: "Data") var dataOptions: DataOptions
    @Option(help: "Worker threads (default: one a core).") var threads: Int?
    @Flag(help: "Run the model although these rows were judged before.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let result = try Registry.current.evaluate(
            reference, data: dataOptions.request(data), mistakes: errors, threads: threads, isForced: force)
        let isSample = data == nil
        global.print(result) { Self.show($0, isSample: isSample) }
    }

    private static func show(_ result: EvaluateResult, isSample: Bool) {
        let data = isSample ? "the task's own test sample (\(result.data))" : result.data
        Terminal.out("\(Terminal.bold(result.version)) on \(data): \(Format.counted(result.rowCount, "row"))")
        if result.wasRecorded { Terminal.out("  from the predictions kept; --force runs the model again") }
        for (reason, count) in result.dropped where count > 0 { Terminal.out("  \(count) \(reason)") }
        if result.truncatedRowCount > 0 {
            Terminal.out("  \(result.truncatedRowCount) rows were cut to the maximum length")
        }
        if result.trainingOverlap > 0 {
            Terminal.out(
                "  \(result.trainingOverlap) of these texts were in its training data, or in that of a version it comes "
                    + "from: the result flatters it")
        } else {
            Terminal.out("  none of these texts was in its training data, nor in that of a version it comes from")
        }
        var table = Table("METRIC", ">VALUE", "95 % INTERVAL")
        for metric in result.metrics {
            let interval = metric.interval.map {
                "\(Format.decimal($0.lowerBound, 4)) – \(Format.decimal($0.upperBound, 4))"
            }
            table.add(metric.name, Format.decimal(metric.value, 4), interval ?? "")
        }
        table.print(indent: 2)
        if !result.perLabel.isEmpty {
            Terminal.out("")
            var scores = Table(
                "LABEL", ">PRECISION", ">RECALL", ">F1", ">ROWS", "PREDICTED AS (in the order of the labels)")
            for (score, row) in zip(result.perLabel, result.confusion) {
                scores.add(
                    score.label, Format.decimal(score.precision), Format.decimal(score.recall),
                    Format.decimal(score.f1), String(score.support), row.map(String.init).joined(separator: " "))
            }
            scores.print(indent: 2)
        }
        for mistake in result.mistakes {
            Terminal.out(
                "  line \(mistake.line): \(mistake.label), predicted \(mistake.predicted) "
                    + "(\(Format.percent(mistake.probability))): \(mistake.text)")
        }
    }
}
