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
        global.print(try Registry.current.merge(request), human: ConvertCommand.describe)
    }
}
