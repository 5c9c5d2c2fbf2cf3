import ArgumentParser
import ZooKit

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the versions in the registry.",
        discussion: "Example: zoo ls --arch bert --max-params 50M --metric 'accuracy>0.9'")
    @Argument(help: "Only this model.") var name: String?
    @Option(help: "Only this architecture.") var arch: String?
    @Option(help: "Only versions with at most so many parameters, such as 500k, 50M or 7B.") var maxParams: String?
    @Option(help: "Only this task.") var task: String?
    @Option(help: "Only this licence.") var licence: String?
    @Option(help: "Only versions whose metric is so, such as 'accuracy>0.9' (may be repeated).") var metric: [String] =
        []
    @Option(help: "Only versions made from this one.") var derivedFrom: String?
    @Flag(help: "Show what was made from what.") var tree = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        var request = ListRequest()
        request.architecture = arch
        request.maximumParameters = try maxParams.map(Self.count)
        request.task = task
        request.licence = licence
        request.metrics = metric
        request.ancestor = derivedFrom
        global.printList(try Registry.current.versions(of: name, request: request)) { versions in
            if versions.isEmpty {
                Terminal.out(
                    isSelective
                        ? "no version is like that"
                        : "the registry is empty; begin with: zoo mirror add NAME FOLDER, then zoo pull MODEL")
            } else if tree {
                VersionTree(versions).print()
            } else {
                Self.table(versions).print()
            }
        }
    }

    private var isSelective: Bool {
        arch != nil || maxParams != nil || task != nil || licence != nil || !metric.isEmpty || derivedFrom != nil
    }

    private static func table(_ versions: VersionSummaries) -> Table {
        var table = Table("VERSION", "ALIASES", "MADE BY", "ARCHITECTURE", "TASK", "METRIC", ">SIZE", "CREATED")
        table.add(versions.count) { range, row in
            versions.forEachLine(in: range) { version in
                row.put(version.name)
                row.put("@")
                row.put(version.number)
                row.endCell()
                row.add(version.aliases.isEmpty ? "" : version.aliases.joined(separator: ","))
                row.add(version.operation, or: "damaged")
                row.add(version.architecture, or: "-")
                row.add(version.task, or: "-")
                if let metric = version.metric {
                    row.put(metric.name)
                    row.put(" ")
                    row.put(metric.value, digits: 4)
                    row.endCell()
                } else {
                    row.add("-")
                }
                let size = Format.scaled(version.byteCount)
                row.put(size.value, digits: size.digits)
                row.add(size.unit)
                row.add(version.created, or: "-")
            }
        }
        return table
    }

    /// Reads `50M`.
    private static func count(_ text: String) throws -> Int {
        let units: [Character: Double] = ["k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9]
        let unit = text.lowercased().last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? text : String(text.dropLast())), number >= 0,
            number * (unit ?? 1) < 1e18
        else { throw ValidationError("--max-params is a number such as 500k, 50M or 7B, not \(text)") }
        return Int(number * (unit ?? 1))
    }
}
