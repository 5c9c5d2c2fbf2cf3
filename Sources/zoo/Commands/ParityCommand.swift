import ArgumentParser
import ZooBase
import ZooKit

/// Compares the engine with reference values from PyTorch; for the interoperability tests.
struct ParityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parity", abstract: "Compare the engine with reference values (for the project's own tests).",
        discussion: "Example: zoo parity ./golden --json", shouldDisplay: false)
    @Argument(help: "A folder that Fixtures/generate/minilm_golden.py wrote.") var folder: String
    @Option(help: "Worker threads (default: one a core).") var threads: Int?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let report = try Registry.current.parity(folder, threads: threads)
        global.print(report) { Terminal.out(data: $0.json.text(.pretty)) }
    }
}
