import ArgumentParser
import ZooBase
import ZooKit

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what is in a checkpoint without loading it.",
        discussion: "Examples:\n  zoo inspect base --tensors\n  zoo inspect ./some.safetensors")
    @Argument(help: "A version, or a file or folder (./PATH).", completion: .file()) var source: String
    @Flag(help: "List every tensor.") var tensors = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.inspect(source)) { result in
            Terminal.out("\(Terminal.bold(result.source))  \(result.format)")
            Terminal.out(
                "  \(result.tensors.count) tensors, \(Format.count(result.parameterCount)) parameters, "
                    + Format.bytes(result.byteCount))
            for entry in result.dtypes {
                Terminal.out("  \(entry.dtype.rawValue): \(entry.count) tensors, \(Format.bytes(entry.byteCount))")
            }
            if let architecture = result.architecture { Terminal.out("  architecture: \(architecture)") }
            if let tokenizer = result.tokenizer { Terminal.out("  tokenizer: \(tokenizer)") }
            if let licence = result.licence { Terminal.out("  licence: \(licence)") }
            for entry in result.metadata { Terminal.out("  metadata \(entry.name): \(entry.value)") }
            guard tensors else { return }
            Terminal.out("")
            var table = Table("TENSOR", "DTYPE", "SHAPE", ">BYTES")
            for tensor in result.tensors {
                table.add(tensor.name, tensor.dtype.rawValue, tensor.shape.description, String(tensor.byteCount))
            }
            table.print(indent: 2)
        }
    }
}
