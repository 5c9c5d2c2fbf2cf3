import ArgumentParser
import ZooKit

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show what happened to a model: versions, aliases, removals, notes.",
        discussion: "Example: zoo log reviews")
    @Argument(help: "The model.") var name: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.printList(try Registry.current.log(name)) { entries in
            var table = Table("TIME", "VERSION", "EVENT")
            for entry in entries { table.add(entry.time, entry.version ?? "-", entry.event) }
            table.print()
        }
    }
}
