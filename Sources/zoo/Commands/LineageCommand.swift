import ArgumentParser
import ZooBase
import ZooKit

struct LineageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lineage", abstract: "Show what a version was made from, back to where it came from.",
        discussion: """
            Examples:
              zoo lineage reviews@2
              zoo lineage reviews@2 --format dot | dot -Tsvg -o lineage.svg
            """)

    /// How the lineage is printed.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case text, dot, mermaid
    }

    @Argument(help: "NAME, NAME@3, NAME:alias or sha256:PREFIX.") var reference: String
    @Option(help: "text, dot (Graphviz) or mermaid.") var format = Form.text
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !global.json || format == .text else {
            throw ValidationError("--json is a format of its own; leave --format \(format.rawValue) out")
        }
    }

    func run() throws {
        global.print(try Registry.current.lineage(of: reference)) { lineage in
            switch format {
            case .text:
                for (node, depth, isAbove) in lineage.occurrences {
                    if depth > 0 { Terminal.out("\(Self.margin(depth - 1))└─ from") }
                    Self.show(node, margin: Self.margin(depth), isAbove: isAbove)
                }
            case .dot: LineageGraph(lineage).printDot()
            case .mermaid: LineageGraph(lineage).printMermaid()
            }
        }
    }

    private static func margin(_ depth: Int) -> String { String(repeating: " ", count: 3 * depth) }

    private static func show(_ node: LineageNode, margin: String, isAbove: Bool) {
        let name = node.names.isEmpty ? node.digest.short : node.names.joined(separator: ", ")
        guard !isAbove else { return Terminal.out("\(margin)\(Terminal.bold(name)), above") }
        Terminal.out(
            margin + Terminal.bold(name) + "  " + node.operation + "  " + Terminal.dim(node.digest.description))
        if let weights = node.weightsDigest { Terminal.out("\(margin)  \(Self.column("weights"))\(weights)") }
        for input in node.derivation["inputs"]?.array ?? [] {
            let rows = input["facts"]?["rows"]?.integer.map { "  \($0) rows" } ?? ""
            let path = input["facts"]?["path"]?.string.map { "  \($0)" } ?? ""
            Terminal.out(
                "\(margin)  \(Self.column(input["role"]?.string ?? "input"))sha256:\(input["sha256"]?.string ?? "?")"
                    + rows + path)
        }
        for member in node.derivation["parameters"]?.members ?? [] {
            // The spellings of the labels are in the JSON.
            let value = member.name == "labels" ? member.value["labels"] ?? member.value : member.value
            let text = Self.text(value)
            if !text.isEmpty { Terminal.out("\(margin)  \(Self.column(member.name))\(text)") }
        }
        if let numerics = node.derivation["numericsVersion"]?.integer {
            Terminal.out("\(margin)  \(Self.column("numerics"))version \(numerics)")
        }
        if let kernelSet = node.kernelSet { Terminal.out("\(margin)  \(Self.column("kernel set"))\(kernelSet)") }
        let metrics = (node.metrics?.members ?? []).compactMap { member in
            member.value["value"]?.number.map { "\(member.name) \(Format.decimal($0, 4))" }
        }
        if !metrics.isEmpty { Terminal.out("\(margin)  \(Self.column("metrics"))\(metrics.joined(separator: ", "))") }
    }

    private static func column(_ title: String) -> String {
        title + String(repeating: " ", count: max(2, 17 - title.count))
    }

    private static func text(_ value: JSON) -> String {
        switch value {
        case .string(let text): text
        case .object(let members):
            members.filter { !$0.value.isNull }.map { "\($0.name) \(text($0.value))" }.joined(separator: ", ")
        case .array(let elements): elements.map(text).joined(separator: ", ")
        case .null: ""
        default: value.text(.compact)
        }
    }
}
