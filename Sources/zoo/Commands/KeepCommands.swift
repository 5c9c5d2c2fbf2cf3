import ArgumentParser
import ZooKit

struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Point an alias at a version.",
        discussion: "Example: zoo tag reviews@2 production")
    @Argument(help: "The version.") var reference: String
    @Argument(help: "The alias: a letter, then letters, digits, '.', '_' or '-'.") var alias: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.tag(reference, alias: alias)) { result in
            let before = result.previous.map { " (was \($0))" } ?? ""
            Terminal.out("\(result.alias) is \(result.version)\(before)")
        }
    }
}

struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove versions; refused while others derive from them.",
        discussion: "Example: zoo rm reviews@1")
    @Argument(help: "Versions, such as reviews@1; a bare NAME is all versions of it.") var references: [String]
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.remove(references)) { result in
            for version in result.removed { Terminal.out("removed \(version)") }
            Terminal.out("the bytes stay until zoo gc")
        }
    }
}

struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what nothing needs any more.", discussion: "Example: zoo gc --dry-run")
    @Flag(help: "Only say what would go.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.collectGarbage(dryRun: dryRun)) { result in
            let verb = result.isDryRun ? "would remove" : "removed"
            Terminal.out(
                "\(verb) \(result.blobCount) blobs, \(result.manifestCount) manifests, "
                    + "\(result.temporaryCount) temporary files: \(Format.bytes(result.byteCount))")
        }
    }
}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read every byte of the registry again and check it against its digest.",
        discussion: "Example: zoo verify\nEnds with exit code 5 when something is damaged.")
    @Flag(help: "Rebuild the index from the files first.") var rebuild = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let progress = Progress("verifying", isQuiet: global.quiet || global.json)
        let result = try Registry.current.verify(rebuild: rebuild) { progress.update(bytes: $0, of: $1) }
        progress.finish()
        global.print(result) { result in
            for problem in result.problems {
                Terminal.out(problem.what)
                for name in problem.affects { Terminal.out("  affects \(name)") }
            }
            let outcome = result.problems.isEmpty ? "all right" : "\(result.problems.count) damaged"
            Terminal.out("\(result.blobCount) blobs, \(Format.bytes(result.byteCount)) read: \(outcome)")
        }
        if !result.problems.isEmpty { throw ExitStatus.damaged }
    }
}

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List or remove training runs that did not finish.",
        discussion: "Example: zoo runs", subcommands: [List.self, Remove.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the runs that can be resumed.")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            global.printList(try Registry.current.runs()) { runs in
                var table = Table("RUN", "STATE", "BASE", "NAME", ">STEP", ">OF", ">SIZE")
                for run in runs {
                    table.add(
                        run.identifier, run.state, run.base, run.name, String(run.step), String(run.stepCount),
                        Format.bytes(run.byteCount))
                }
                if table.isEmpty { Terminal.out("no unfinished runs") } else { table.print() }
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Remove an unfinished run.", discussion: "Example: zoo runs rm RUN")
        @Argument(help: "The run, as zoo runs lists it.") var identifier: String
        @OptionGroup var global: GlobalOptions

        func run() throws {
            global.print(try Registry.current.removeRun(identifier)) { Terminal.out("removed run \($0.identifier)") }
        }
    }
}
