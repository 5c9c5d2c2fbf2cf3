import ArgumentParser
import ZooBase
import ZooKit

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what is in a checkpoint without loading it.",
        discussion: """
            Examples:
              zoo inspect base --tensors
              zoo inspect ./model.h5 --tree
              zoo inspect ./some.safetensors --tensor '*.query.weight' --stats
              zoo inspect base --tensor 'encoder.layer.[0-2].*'
            Safetensors, HDF5 and Keras, PyTorch, NumPy and GGUF files are told by their content.
            In a pattern * stands for any run of characters, ? for one, [01], [0-9] and [!0] for one of a class.
            """)
    @Argument(help: "A version, or a file or folder (./PATH).", completion: .file()) var source: String
    @Flag(help: "List every tensor.") var tensors = false
    @Option(name: .customLong("tensor"), help: "Only tensors whose names match a pattern; may be repeated.")
    var globs: [String] = []
    @Flag(help: "Read the tensors: range, mean, deviation, NaN, zeros, histogram.") var stats = false
    @Flag(help: "Nest the names; layers that are alike are folded.") var tree = false
    @Flag(help: "Look for tensors with the same bytes.") var duplicates = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        var options = InspectOptions()
        options.globs = globs
        options.findsDuplicates = duplicates
        options.wantsStatistics = stats
        options.wantsTree = tree
        global.print(try Registry.current.inspect(source, options)) { result in
            Self.summarize(result)
            if let tree = result.tree { Self.print(tree) }
            if tensors || !globs.isEmpty && !stats { Self.list(result) }
            for entry in result.statistics { Self.print(entry.name, entry.json) }
        }
    }

    private static func summarize(_ result: InspectResult) {
        Terminal.out("\(Terminal.bold(result.source))  \(result.format)")
        Terminal.out(
            "  \(Format.counted(result.tensors.count, "tensor")), \(Format.count(result.parameterCount)) parameters, "
                + Format.bytes(result.byteCount))
        for entry in result.dtypes {
            Terminal.out(
                "  \(entry.dtype.rawValue): \(Format.counted(entry.count, "tensor")), \(Format.bytes(entry.byteCount))")
        }
        if let producer = result.producer { Terminal.out("  producer: \(producer)") }
        if let architecture = result.architecture { Terminal.out("  architecture: \(architecture)") }
        if let tokenizer = result.tokenizer { Terminal.out("  tokenizer: \(tokenizer)") }
        for licence in result.licences { Terminal.out("  licence: \(licence.identifier) (\(licence.source))") }
        if !result.optimizerState.isEmpty {
            Terminal.out("  optimizer state: \(Format.counted(result.optimizerState.count, "tensor"))")
        }
        for entry in result.metadata { Terminal.out("  metadata \(entry.name): \(short(entry.value))") }
        for entry in result.unreadable {
            Terminal.out("  unreadable \(entry.name) (\(entry.description)): \(entry.reason)")
        }
        for names in result.tied { Terminal.out("  tied, counted once: \(names.joined(separator: " = "))") }
        for names in result.duplicates ?? [] { Terminal.out("  same bytes: \(names.joined(separator: " = "))") }
    }

    private static func short(_ text: String) -> String {
        let line = text.prefix(200).replacing("\n", with: " ")
        return text.count > 200 ? "\(line)… (\(text.utf8.count) bytes)" : String(line)
    }

    private static func list(_ result: InspectResult) {
        Terminal.out("")
        var table = Table("TENSOR", "DTYPE", "SHAPE", ">BYTES")
        for tensor in result.tensors {
            let dtype = tensor.dtype.rawValue + (result.storedAs[tensor.name].map { " (\($0))" } ?? "")
            table.add(tensor.name, dtype, tensor.shape.description, String(tensor.byteCount))
        }
        table.print(indent: 2)
    }

    private static func print(_ nodes: JSON, indent: String = "  ") {
        for node in nodes.array ?? [] {
            let name = node["name"]?.string ?? ""
            if let shape = node["shape"]?.array {
                let sizes = shape.compactMap(\.integer).map(String.init).joined(separator: ", ")
                Terminal.out("\(indent)\(name)  \(node["dtype"]?.string ?? "") [\(sizes)]")
                continue
            }
            Terminal.out(
                "\(indent)\(name)  \(Format.counted(node["tensorCount"]?.integer ?? 0, "tensor")), "
                    + "\(Format.count(node["parameterCount"]?.integer ?? 0)) parameters, "
                    + Format.bytes(node["byteCount"]?.integer ?? 0))
            if let children = node["children"] { print(children, indent: indent + "  ") }
        }
    }

    private static func print(_ name: String, _ statistics: JSON) {
        Terminal.out("\n  \(Terminal.bold(name))")
        guard let count = statistics["count"]?.integer else {
            Terminal.out("    this type has no arithmetic here")
            return
        }
        func number(_ key: String) -> String { statistics[key]?.number.map { String(Float($0)) } ?? "-" }
        Terminal.out(
            "    minimum \(number("minimum")), maximum \(number("maximum")), mean \(number("mean")), "
                + "standard deviation \(number("standardDeviation"))")
        Terminal.out(
            "    \(count) elements: \(statistics["zeroCount"]?.integer ?? 0) zero, "
                + "\(statistics["nanCount"]?.integer ?? 0) NaN, \(statistics["infiniteCount"]?.integer ?? 0) infinite")
        let bins = statistics["histogram"]?.array?.compactMap(\.integer) ?? []
        guard let most = bins.max(), most > 0 else { return }
        let heights = Array("▁▂▃▄▅▆▇█")
        let picture = bins.map { $0 == 0 ? " " : String(heights[min(7, $0 * 8 / (most + 1))]) }.joined()
        Terminal.out("    |\(picture)|")
    }
}
