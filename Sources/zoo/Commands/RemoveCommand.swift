import ArgumentParser
import ZooKit

struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove versions; refused while others derive from them.",
        discussion: "Example: zoo rm reviews@1 --with-descendants")
    @Argument(help: "Versions, such as reviews@1; a bare NAME is all versions of it.") var references: [String]
    @Flag(help: "Also remove every version derived from these.") var withDescendants = false
    @Flag(help: "Also remove a version of which nothing can be read any more.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let result = try Registry.current.remove(references, withDescendants: withDescendants, isForced: force)
        global.print(result) { result in
            for version in result.removed { Terminal.out("removed \(version)") }
            for keeper in result.keepers {
                Terminal.out(
                    "the run \(keeper.run) starts from \(keeper.version) and keeps its bytes; "
                        + "`zoo finetune --resume \(keeper.run)` goes on with it, "
                        + "`zoo runs rm \(keeper.run)` gives it up")
            }
            Terminal.out("the bytes stay until zoo gc")
        }
    }
}
