import ArgumentParser
import ZooKit

struct MirrorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Say where models are pulled from.",
        discussion: "Example: zoo mirror add lab ./shared/models",
        subcommands: [Add.self, List.self, Remove.self, Check.self, IndexFolder.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a mirror: a folder of models and/or archives (.whl .zip .tar.gz .tar.zst), or an URL.",
            discussion: """
                Example: zoo mirror add lab ./mirror
                An URL is a web server with the index.json of zoo mirror index, or a server that speaks the model hub's
                API. A token is taken from the environment variable ZOO_TOKEN_NAME (NAME in capitals) or --token-file.
                """)
        @Argument(help: "A short name for it.") var name: String
        @Argument(help: "The folder, or an http(s) address.") var location: String
        @Option(help: "folder, static or hub (default: found out).") var kind: String?
        @Option(help: "A file that holds a bearer token; only you may read it (mode 600).") var tokenFile: String?
        @Option(help: "A file of certificates (PEM) to trust in place of the system's.") var ca: String?
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let mirror = try Registry.current.addMirror(
                name: name, location: location, kind: kind, tokenFile: tokenFile, certificates: ca)
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
                    Terminal.out("no mirrors; add one: zoo mirror add NAME FOLDER-OR-URL")
                } else {
                    table.print()
                }
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the mirrors how they are.", discussion: "Example: zoo mirror check lab")
        @Argument(help: "The mirror; all without it.") var name: String?
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let reports = try Registry.current.checkMirrors(name)
            global.printList(reports) { reports in
                for report in reports {
                    let mirror = report.mirror
                    Terminal.out("\(Terminal.bold(mirror.name))  \(mirror.kind)  \(mirror.location)")
                    for fact in report.facts { Terminal.out("  \(fact)") }
                    if let failure = report.failure { Terminal.out("  cannot be used: \(failure)") }
                }
                if reports.isEmpty { Terminal.out("no mirrors; add one: zoo mirror add NAME FOLDER-OR-URL") }
            }
            if reports.contains(where: { $0.failure != nil }) { throw ExitStatus.answerIsNo }
        }
    }

    struct IndexFolder: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "index", abstract: "Write index.json for a folder of models to serve.",
            discussion: "Example: zoo mirror index /srv/models")
        @Argument(help: "The folder.", completion: .directory) var folder: String
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let progress = Progress("indexing \(folder)", isQuiet: global.quiet || global.json)
            let report = try Registry.current.indexMirror(folder) { progress.update(bytes: $0, of: nil) }
            progress.finish()
            global.print(report) { report in
                Terminal.out(
                    "\(report.path): \(Format.counted(report.modelCount, "model")), \(Format.counted(report.fileCount, "file")), "
                        + Format.bytes(report.byteCount))
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
