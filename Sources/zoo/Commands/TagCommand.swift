import ArgumentParser
import ZooKit

struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Point an alias at a version, protect it, or take it away.",
        discussion: "Example: zoo tag reviews@2 production --protect")
    @Argument(help: "The version.") var reference: String
    @Argument(help: "The alias: a letter, then letters, digits, '.', '_' or '-'.") var alias: String
    @Flag(help: "From now on, only --force moves or removes the alias.") var protect = false
    @Flag(help: "From now on, the alias may be moved.") var unprotect = false
    @Flag(help: "Take the alias away.") var remove = false
    @Flag(help: "Move or remove the alias although it is protected.") var force = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard [protect, unprotect, remove].count(where: { $0 }) <= 1 else {
            throw ValidationError("give one of --protect, --unprotect and --remove")
        }
    }

    func run() throws {
        let registry = Registry.current
        let result =
            remove
            ? try registry.untag(reference, alias: alias, force: force)
            : try registry.tag(
                reference, alias: alias, protecting: protect ? true : unprotect ? false : nil, force: force)
        global.print(result) { result in
            let before = result.previous.map { " (was \($0))" } ?? ""
            let now = result.version.map { "is \($0)" } ?? "is removed"
            Terminal.out("\(result.alias) \(now)\(before)\(result.isProtected ? ", protected" : "")")
        }
    }
}
