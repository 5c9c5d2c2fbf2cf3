import ArgumentParser
import ZooKit

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Say honestly whether one version is better than another.",
        discussion: """
            Example: zoo compare reviews@1 reviews@2 --data test.csv
            Without --data: recipes, recorded metrics and weights side by side.
            """)
    @Argument(help: "The first version.") var first: String
    @Argument(help: "The second version.") var second: String
    @Option(help: "Labelled rows that both are judged on.", completion: .file()) var data: String?
    @OptionGroup(title: "Data") var dataOptions: DataOptions
    @Option(help: "Show this many of the rows that changed.") var errors = 3
    @Option(help: "Worker threads (default: one a core).") var threads: Int?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let result = try Registry.current.compare(
            first, second, data: data.map { dataOptions.request($0) }, examples: errors, threads: threads)
        global.print(result, human: Self.show)
    }

    private static func show(_ result: CompareResult) {
        Terminal.out("a = \(Terminal.bold(result.first)), b = \(Terminal.bold(result.second))")
        if let data = result.onData { show(data) } else { showRecords(result) }
    }

    private static func show(_ data: DataComparison) {
        var table = Table("METRIC", "A", "B")
        for (a, b) in zip(data.first, data.second) { table.add(a.name, text(a), text(b)) }
        table.print(indent: 2)
        let difference = data.difference
        let interval = difference.interval.map {
            " [\(Format.decimal($0.lowerBound, 4)), \(Format.decimal($0.upperBound, 4))]"
        }
        Terminal.out(
            "  difference in \(data.metric) (b − a): \(Format.decimal(difference.value, 4))\(interval ?? ""), "
                + "McNemar's exact test p = \(Format.decimal(data.mcNemarP, 4))")
        Terminal.out("  of \(data.rowCount) rows b fixes \(data.changed.fixed) and breaks \(data.changed.broken)")
        for row in data.fixed { Terminal.out("    fixed  line \(row.line): \(row.label): \(row.text)") }
        for row in data.broken { Terminal.out("    broken line \(row.line): \(row.label): \(row.text)") }
        Terminal.out(Terminal.bold(data.verdict))
    }

    private static func showRecords(_ result: CompareResult) {
        if result.sameWeights { Terminal.out("  the weights are the same, bit for bit") }
        if !result.parameters.isEmpty {
            var table = Table("PARAMETER", "A", "B")
            for parameter in result.parameters { table.add(parameter.name, parameter.first, parameter.second) }
            table.print(indent: 2)
        }
        if !result.recorded.isEmpty {
            var table = Table("RECORDED METRIC", ">A", ">B")
            for metric in result.recorded {
                table.add(
                    metric.name, metric.first.map { Format.decimal($0, 4) } ?? "-",
                    metric.second.map { Format.decimal($0, 4) } ?? "-")
            }
            table.print(indent: 2)
        }
        var table = Table("WEIGHTS", ">RELATIVE CHANGE", ">ELEMENTS")
        for change in result.weights {
            table.add(
                change.group, change.relative.map { Format.scientific($0) } ?? "not comparable",
                Format.count(change.elementCount))
        }
        if !table.isEmpty { table.print(indent: 2) }
    }

    private static func text(_ metric: MetricValue) -> String {
        metric.interval.map { Format.interval(metric.value, $0.lowerBound, $0.upperBound) }
            ?? Format.decimal(metric.value, 4)
    }
}
