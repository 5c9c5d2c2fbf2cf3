import ArgumentParser
import ZooBase
import ZooKit

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine.",
        discussion: "Example: zoo bench tokenizer base --texts sst2/train.tsv",
        subcommands: [BenchMachineCommand.self, BenchTokenizerCommand.self],
        defaultSubcommand: BenchMachineCommand.self)
}

struct BenchTokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Time how fast texts become ids.",
        discussion: "Example: zoo bench tokenizer base --texts sst2/train.tsv --threads 2")
    @Argument(help: "A version, or a model folder (./PATH).") var source: String
    @Option(help: "One text a line; what follows the last tab is left out.", completion: .file()) var texts: String
    @Option(help: "Texts in one call; the file's are repeated.") var count = 100_000
    @Option(help: "Calls; the median counts.") var repeats = 5
    @Option(help: "Worker threads (default: one a core).") var threads: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard count > 0, repeats > 0, threads ?? 1 > 0 else {
            throw ValidationError("--count, --repeats and --threads are at least 1")
        }
    }

    func run() throws {
        let result = try Registry.current.benchTokenizer(
            source, texts: texts, count: count, repeats: repeats, threads: threads)
        global.print(result) { result in
            Terminal.out(
                "\(result.textCount) texts, \(result.tokenCount) tokens, \(result.threads) threads: "
                    + "\(Format.decimal(result.median)) s, "
                    + "\(Format.count(Int(Double(result.textCount) / result.median))) texts/s")
        }
    }
}
