import ArgumentParser
import ZooKit

struct MirrorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Say where models are pulled from.",
        discussion: "Example: zoo mirror add lab ./shared/models",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a mirror: a folder of model folders and/or archives (.whl .zip .tar.gz .tar.zst).",
            discussion: "Example: zoo mirror add lab ./mirror")
        @Argument(help: "A short name for it.") var name: String
        @Argument(help: "The folder.") var location: String
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let mirror = try Registry.current.addMirror(name: name, location: location)
            global.print(mirror) { Terminal.out("added mirror \($0.name): \($0.kind) \($0.location)") }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the mirrors, in the order they are tried.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            global.printList(try Registry.current.mirrors()) { mirrors in
                var table = Table("NAME", "KIND", "LOCATION")
                for mirror in mirrors { table.add(mirror.name, mirror.kind, mirror.location) }
                if table.isEmpty {
                    Terminal.out("no mirrors; add one: zoo mirror add NAME FOLDER")
                } else {
                    table.print()
                }
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget a mirror; nothing pulled from it is lost.")
        @Argument(help: "Its name.") var name: String
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let mirror = try Registry.current.removeMirror(name: name)
            global.print(mirror) { Terminal.out("removed mirror \($0.name)") }
        }
    }
}
