import ArgumentParser
import ZooBase
import ZooKit

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write weights in another format, element type or number of files.",
        discussion: """
            Examples:
              zoo convert ./tf_model.h5 ./model.safetensors
              zoo convert base ./half.safetensors --dtype f16
              zoo convert base ./tf_model.h5 --keys transformers-tf
              zoo convert base ./out --shard-size 500MB       a model folder with shards and their index
              zoo convert ./pytorch_model.bin base-st         into the registry, with its lineage
            """)
    @Argument(help: "A version, or a file or folder (./PATH).", completion: .file()) var source: String
    @Argument(help: "A file or folder (./PATH), or a name in the registry.", completion: .file())
    var destination: String
    @Option(help: "The format to write (default: what the suffix says, else safetensors).") var to: String?
    @Option(help: "Element type of floating-point tensors: f32, f16, bf16 or f64; what it loses is told.")
    var dtype: String?
    @Option(help: "Names and layouts of another program: transformers, transformers-tf, keras-hub and others.")
    var keys: String?
    @Option(help: "Cut into files of at most this many bytes, such as 500MB or 5GB.") var shardSize: ByteSize?
    @Option(help: "Metadata to add, as KEY=VALUE; may be repeated.") var metadata: [String] = []
    @Flag(help: "Replace a file that is there.") var force = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        for entry in metadata where entry.firstIndex(of: "=") == nil || entry.hasPrefix("=") {
            throw ValidationError("--metadata is KEY=VALUE, not \"\(entry)\"")
        }
    }

    func run() throws {
        var request = ConvertRequest(source: source, destination: destination)
        request.format = to
        request.dtype = dtype
        request.keys = keys
        request.shardSize = shardSize?.count
        request.replaces = force
        request.metadata = metadata.map { entry in
            let mark = entry.firstIndex(of: "=") ?? entry.endIndex
            return (String(entry[..<mark]), String(entry[mark...].dropFirst()))
        }
        global.print(try Registry.current.convert(request), human: Self.describe)
    }

    static func describe(_ result: ConvertResult) {
        Terminal.out(
            "\(Terminal.bold(result.destination))  \(result.format), \(Format.counted(result.tensorCount, "tensor")), "
                + "\(Format.bytes(result.byteCount)) in \(Format.duration(result.seconds))")
        if result.alreadyExisted { Terminal.out("  already is this; nothing was written") }
        Terminal.out("  from      \(result.source) (\(result.sourceFormat))")
        if result.files.count > 1 { Terminal.out("  files     \(result.files.joined(separator: ", "))") }
        if let loss = result.loss { Terminal.out("  lost      \(Self.describe(loss))") }
        if let weights = result.weightsDigest { Terminal.out("  weights   \(weights)") }
        for names in result.untied {
            Terminal.out("  untied    \(names.joined(separator: " = ")): one tensor in the source, copies now")
        }
        for entry in result.leftOut { Terminal.out("  left out  \(entry)") }
    }

    static func describe(_ loss: ConvertResult.Loss) -> String {
        guard loss.tensorCount > 0 else { return "nothing: every value is what it was" }
        var parts = [
            "\(Format.count(loss.inexactCount)) values rounded, by at most \(Format.scientific(loss.largestError))"
                + (loss.largestErrorTensor.map { " (\($0))" } ?? "")
        ]
        if loss.underflowCount > 0 { parts.append("\(loss.underflowCount) became zero") }
        if loss.overflowCount > 0 {
            parts.append("\(loss.overflowCount) OVERFLOWED" + (loss.firstOverflow.map { " (first in \($0))" } ?? ""))
        }
        return parts.joined(separator: "; ")
    }
}

/// A number of bytes as people write it: `500MB`, `5GB`, `4GiB`, `1000000`.
struct ByteSize: ExpressibleByArgument {
    let count: Int

    init?(argument: String) {
        let units = [
            "": 1, "b": 1, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000,
            "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
        ]
        let digits = argument.prefix { $0.isNumber }
        guard let number = Int(digits), number > 0, let unit = units[argument.dropFirst(digits.count).lowercased()],
            case let (count, overflow) = number.multipliedReportingOverflow(by: unit), !overflow
        else { return nil }
        self.count = count
    }
}
