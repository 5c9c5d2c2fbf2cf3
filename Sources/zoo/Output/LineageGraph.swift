import ZooBase
import ZooKit

/// A lineage as a graph in the languages of Graphviz and Mermaid: each version once, an arrow from what it was made from.
struct LineageGraph {
    private var nodes: [LineageNode] = []
    private var edges: [(from: String, to: String)] = []

    /// Parents come before what was made from them.
    init(_ lineage: LineageNode) {
        var seen: Set<ContentDigest> = []
        func visit(_ node: LineageNode) {
            guard seen.insert(node.digest).inserted else { return }
            node.parents.forEach(visit)
            nodes.append(node)
            edges += node.parents.map { (Self.identifier($0), Self.identifier(node)) }
        }
        visit(lineage)
    }

    /// Prints the graph for `dot`.
    func printDot() {
        Terminal.out("digraph lineage {")
        Terminal.out("  rankdir=LR;")
        Terminal.out("  node [shape=box];")
        for node in nodes {
            Terminal.out("  \(Self.identifier(node)) [label=\"\(Self.lines(node).joined(separator: "\\n"))\"];")
        }
        for edge in edges { Terminal.out("  \(edge.from) -> \(edge.to);") }
        Terminal.out("}")
    }

    /// Prints the graph as a Mermaid flowchart.
    func printMermaid() {
        Terminal.out("flowchart LR")
        for node in nodes {
            Terminal.out("  \(Self.identifier(node))[\"\(Self.lines(node).joined(separator: "<br/>"))\"]")
        }
        for edge in edges { Terminal.out("  \(edge.from) --> \(edge.to)") }
    }

    private static func identifier(_ node: LineageNode) -> String { "v\(node.digest.short)" }

    private static func lines(_ node: LineageNode) -> [String] {
        let names = node.names.isEmpty ? ["sha256:\(node.digest.short)"] : node.names
        let metric = (node.metrics?.members ?? []).first { $0.name == "accuracy" } ?? node.metrics?.members?.first
        let value = metric.flatMap { metric in
            metric.value["value"]?.number.map { "\(metric.name) \(Format.decimal($0, 4))" }
        }
        return [names.joined(separator: ", "), node.operation] + (value.map { [$0] } ?? [])
    }
}
