import ArgumentParser
import ZooKit

struct DiskUseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "du", abstract: "Show what the registry takes on the disk: each version's own and shared bytes.",
        discussion: """
            Example: zoo du reviews
            A version that cannot be read is left out and named, and the exit code is 5.
            """)
    @Argument(help: "Only this model.") var name: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let result = try Registry.current.diskUse(of: name)
        global.print(result) { result in
            var versions = Table("VERSION", ">SIZE", ">OWN", ">SHARED")
            for version in result.versions {
                versions.add(
                    version.version, Format.bytes(version.byteCount), Format.bytes(version.own),
                    Format.bytes(version.shared))
            }
            if !versions.isEmpty { versions.print() }
            if name != nil { return }
            var parts = Table("PART", ">SIZE")
            for part in result.parts { parts.add(part.name, Format.bytes(part.byteCount)) }
            if !parts.isEmpty { parts.print() }
            if let garbage = result.garbage {
                Terminal.out("`zoo gc` would free \(Format.bytes(garbage.byteCount)); zoo gc --dry-run says more")
                CollectCommand.printKept(garbage)
            }
        }
        for problem in result.problems { Terminal.error("zoo: left out \(problem)") }
        if !result.problems.isEmpty { throw ExitStatus.damaged }
    }
}
