import ArgumentParser
import ZooKit

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show libraries, processor features, kernels in use and the registry's health.",
        discussion: "Example: zoo doctor")
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.doctor()) { result in
            for section in result.sections {
                Terminal.out(Terminal.bold(section.title))
                var table = Table("", "")
                for line in section.lines { table.add(line.name, line.value) }
                table.print(indent: 2)
            }
            for warning in result.warnings { Terminal.out("warning: \(warning)") }
        }
    }
}
