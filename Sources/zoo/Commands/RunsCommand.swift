import ArgumentParser
import ZooKit

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
