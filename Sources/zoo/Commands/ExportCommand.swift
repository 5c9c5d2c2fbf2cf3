import ArgumentParser
import ZooKit

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a version for use elsewhere.",
        discussion: """
            Examples:
              zoo export reviews:production --to hub  -o out/hub      config.json, model.safetensors, tokenizer
              zoo export reviews:production --to onnx -o out/onnx     model.onnx, tokenizer, labels
            A version that was only pulled comes back byte for byte with --to hub.
            """)
    @Argument(help: "The version.") var reference: String
    @Option(help: "hub or onnx.") var to: String
    @Option(name: .shortAndLong, help: "The folder to write; it appears whole or not at all.", completion: .directory)
    var output: String
    @Option(help: "Element type of the weights in a hub folder: f32, f16 or bf16.") var dtype: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.export(reference, to: to, folder: output, dtype: dtype)) { result in
            Terminal.out("\(Terminal.bold(result.version)) as \(result.format) in \(result.folder)")
            var table = Table("FILE", ">SIZE")
            for file in result.files { table.add(file.name, Format.bytes(file.byteCount)) }
            table.print(indent: 2)
            for check in result.checks { Terminal.out("  checked: \(check)") }
            for note in result.notes { Terminal.out("  note: \(note)") }
        }
    }
}
