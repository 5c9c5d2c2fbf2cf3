import ArgumentParser
import ZooKit

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Make one model of several of the same architecture and vocabulary.",
        discussion: """
            Examples:
              zoo merge reviews@1 reviews@2 reviews@3 --name soup             the mean of three seeds
              zoo merge a b --method slerp --weights 0.7,0.3 --name between
              zoo merge a b --method ties --base base --density 0.2 --name both
            Methods: linear (weighted mean), slerp, task-arithmetic and ties (changes from --base).
            """)
    @Argument(help: "Versions, or files or folders (./PATH).", completion: .file()) var sources: [String]
    @Option(help: "linear, slerp, task-arithmetic or ties.") var method = "linear"
    @Option(help: "One number for each, as in 0.7,0.3 (default: equal).") var weights: String?
    @Option(help: "What the changes are taken from; for task-arithmetic and ties.") var base: String?
    @Option(help: "The share of each tensor's changes that ties keeps (default: 0.2).") var density: Double?
    @Option(name: .shortAndLong, help: "The file or folder to write.", completion: .file()) var output: String?
    @Option(help: "The name of the version to make.") var name: String?
    @Flag(help: "Print the plan and stop.") var dryRun = false
    @Flag(help: "Replace a file that is there.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        var request = MergeRequest(sources: sources)
        if let weights {
            let parts = weights.split(separator: ",", omittingEmptySubsequences: false)
            request.weights = parts.compactMap { Double($0) }
            guard request.weights.count == parts.count else {
                throw ValidationError("--weights lists numbers, as in 0.7,0.3, not \"\(weights)\"")
            }
        }
        (request.method, request.base, request.density) = (method, base, density)
        (request.path, request.name, request.replaces) = (output, name, force)
        request.isDryRun = dryRun
        var notesTold = 0
        let result = try Registry.current.merge(request) { plan in
            notesTold = plan.notes.count
            if !global.json, !global.quiet { Self.announce(plan) }
        }
        global.print(result) { result in
            guard let destination = result.destination else { return }
            Terminal.made(destination, alreadyExisted: result.alreadyExisted, seconds: result.seconds)
            if let weights = result.weightsDigest { Terminal.out("  weights     \(weights)") }
            for note in result.notes.dropFirst(notesTold) { Terminal.out("  note        \(note)") }
        }
    }

    private static func announce(_ plan: MergeResult) {
        Terminal.out("\(Terminal.bold(plan.method)) of")
        for part in plan.sources {
            Terminal.out("  \(Format.decimal(part.weight)) × \(part.source) (\(part.format))")
        }
        if let base = plan.base { Terminal.out("  changes from \(base)") }
        if let density = plan.density { Terminal.out("  the largest \(Format.percent(density)) of the changes") }
        Terminal.out(
            "  \(Format.counted(plan.tensorCount, "tensor")), parameters \(Format.count(plan.parameterCount)), "
                + "\(Format.bytes(plan.byteCount)) as \(plan.format)")
        for note in plan.notes { Terminal.out("  note        \(note)") }
    }
}
