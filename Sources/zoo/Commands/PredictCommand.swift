import ArgumentParser
import ZooBase
import ZooKit

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Label texts: arguments, lines of standard input (-), or a data file.",
        discussion: """
            Examples:
              zoo predict reviews "a stirring, funny film"
              cat lines.txt | zoo predict reviews -
              zoo predict reviews --data in.csv -o out.csv
            With --json each text is one JSON value a line; with -o there is one value, about all of them.
            """)
    @Argument(help: "The version.") var reference: String
    @Argument(help: "Texts; - reads lines from standard input.") var texts: [String] = []
    @Option(help: "A data file; its label column, if any, is not looked at.", completion: .file()) var data: String?
    @Option(name: .shortAndLong, help: "Write a CSV file instead of printing.", completion: .file())
    var output: String?
    @Flag(help: "Replace the file to write if it is there.") var force = false
    @OptionGroup(title: "Data") var dataOptions: DataOptions
    @Option(help: "Worker threads (default: one a core).") var threads: Int?
    @Option(help: "Of the matrix products: f32 or bf16, which is faster and rounds.") var precision = "f32"
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard texts.isEmpty != (data == nil) else {
            throw ValidationError("give texts, - for standard input, or --data FILE")
        }
    }

    func run() throws {
        let source: PredictionSource
        if let data {
            source = .file(dataOptions.request(data))
        } else {
            source = texts == ["-"] ? .standardInput(encoding: dataOptions.encoding) : .texts(texts)
        }
        if let output {
            let summary = try Registry.current.predict(
                reference, source, toCSV: output, threads: threads, precision: precision, replaces: force)
            if global.json { Terminal.out(data: summary.json.text(.compact)) }
            global.notice("\(Format.counted(summary.rowCount, "row")) written to \(output)")
            tell(summary)
            return
        }
        let summary = try Registry.current.predict(
            reference, source, threads: threads, precision: precision
        ) { prediction in
            if global.json {
                Terminal.out(data: prediction.json.text(.compact))
            } else {
                let probability = Format.decimal(prediction.probability, 4)
                Terminal.out(
                    data: "\(prediction.label.printable)\t\(probability)\t\(prediction.text.printable)")
            }
        }
        tell(summary)
    }

    /// Says on standard error what the user should know of the texts.
    private func tell(_ summary: PredictionSummary) {
        if summary.precision != precision {
            global.notice(
                "precision  \(summary.precision): this processor has no instructions for \(precision)")
        }
        if summary.droppedRowCount > 0 {
            global.notice("\(Format.counted(summary.droppedRowCount, "row")) without a prediction; \(summary.dropped)")
        }
        if summary.trainingOverlap > 0 {
            global.notice(
                "\(summary.trainingOverlap) of \(summary.rowCount) texts were in its training data, or in that of a "
                    + "version it comes from")
        }
        if summary.truncatedRowCount > 0 {
            global.notice("\(summary.truncatedRowCount) of \(summary.rowCount) texts were cut to the maximum length")
        }
    }
}
