import ArgumentParser
import ZooKit

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read every byte of the registry again and check it against its digest.",
        discussion: """
            Example: zoo verify --heal
            Ends with exit code 5 when something is damaged, 6 when something could only not be read.
            """)
    @Argument(help: "Only what this model needs.") var name: String?
    @Flag(help: "Rebuild the index from the files first.") var rebuild = false
    @Flag(help: "Set damaged files aside and bring their bytes back from where they came.") var heal = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let progress = Progress("verifying", isQuiet: global.quiet || global.json)
        let result = try Registry.current.verify(name, rebuild: rebuild, heal: heal) {
            progress.update(bytes: $0, of: $1)
        }
        progress.finish()
        let damaged = result.problems.count - result.unreadableCount
        global.print(result) { result in
            for line in result.healed { Terminal.out("healed \(line)") }
            for problem in result.problems {
                Terminal.out(problem.what)
                for name in problem.affects { Terminal.out("  affects \(name)") }
            }
            for remedy in result.remedies { Terminal.out(remedy) }
            if damaged > 0, !heal {
                Terminal.out("zoo verify --heal puts right what the registry or a mirror still knows")
            }
            var outcome = damaged > 0 ? ["\(damaged) damaged"] : []
            if result.unreadableCount > 0 { outcome.append("\(result.unreadableCount) could not be read") }
            if outcome.isEmpty { outcome = ["all right"] }
            Terminal.out(
                "\(result.blobCount) blobs, \(Format.bytes(result.byteCount)) read: "
                    + outcome.joined(separator: ", "))
        }
        if damaged > 0 { throw ExitStatus.damaged }
        if result.unreadableCount > 0 { throw ExitStatus.resource }
    }
}
