import ArgumentParser
import ZooKit

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the versions in the registry.", discussion: "Example: zoo ls reviews")
    @Argument(help: "Only this model.") var name: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.printList(try Registry.current.versions(of: name)) { versions in
            var table = Table("VERSION", "ALIASES", "MADE BY", "ARCHITECTURE", "TASK", "METRIC", ">SIZE", "CREATED")
            for version in versions {
                table.add(
                    version.reference, version.aliases.joined(separator: ","), version.operation,
                    version.architecture ?? "-", version.task ?? "-",
                    version.metric.map { "\($0.name) \(Format.decimal($0.value, 4))" } ?? "-",
                    Format.bytes(version.byteCount), version.created ?? "-")
            }
            if table.isEmpty {
                Terminal.out("the registry is empty; begin with: zoo mirror add NAME FOLDER, then zoo pull MODEL")
            } else {
                table.print()
            }
        }
    }
}
