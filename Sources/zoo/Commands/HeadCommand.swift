import ArgumentParser
import ZooKit

struct HeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Attach, take over, drop or relabel the head of a version.",
        discussion: """
            Examples:
              zoo head base --task sentiment --labels negative,positive     a new head, made from a seed
              zoo head base --from reviews@2 --name transplanted            the head of another version
              zoo head reviews@2 --drop --name bare
              zoo head reviews@2 --labels bad,good                          other names, or the same in another order
            """)
    @Argument(help: "The version.") var reference: String
    @Option(help: "The task of a new head.") var task: String?
    @Option(help: "The labels, in the order of the outputs.") var labels: String?
    @Option(help: "The version whose head to take.") var from: String?
    @Flag(help: "Leave the bare base.") var drop = false
    @Option(help: "The seed of a new head's weights.") var seed = 0
    @Option(help: "The name of the result (default: BASE-TASK for a new head, else the version's own).")
    var name: String?
    @Flag(help: "Take a head that was trained on another base.") var force = false
    @Flag(help: "Print what would be done and stop.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard [task != nil, from != nil, drop, task == nil && labels != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("give one of --task with --labels, --from, --drop, or --labels alone")
        }
        guard task == nil || labels != nil else { throw ValidationError("--task needs --labels") }
        guard seed >= 0 else { throw ValidationError("--seed is at least 0") }
    }

    func run() throws {
        let list = labels.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
        let action: HeadRequest.Action
        if let task {
            action = .attach(task: task, labels: list, seed: seed)
        } else if let from {
            action = .take(from: from, force: force)
        } else {
            action = drop ? .drop : .relabel(list)
        }
        var request = HeadRequest(source: reference, action: action)
        (request.name, request.isDryRun) = (name, dryRun)
        let result = try Registry.current.head(request) { plan in
            guard !global.json, !global.quiet else { return }
            Terminal.out("\(Terminal.bold(plan.source))  \(plan.action)")
            func list(_ labels: [String]) -> String { labels.isEmpty ? "no head" : labels.joined(separator: ", ") }
            Terminal.out("  labels    \(list(plan.labelsBefore)) → \(list(plan.labels))")
        }
        global.print(result) { result in
            guard let version = result.version else { return }
            Terminal.out("\(Terminal.bold(version))\(result.alreadyExisted ? "  already is this" : "")")
            if let weights = result.weightsDigest { Terminal.out("  weights   \(weights)") }
        }
    }
}
