import ArgumentParser
import ZooBase
import ZooKit

struct BenchMachineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "machine", abstract: "Time matrix products, kernels and training steps.",
        discussion: "Example: zoo bench machine --threads 2\nTakes about half a minute; paste it into a bug report.")
    @Option(help: "Worker threads (default: one a core).") var threads: Int?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let result = try Registry.current.benchMachine(threads: threads)
        global.print(result) { result in
            Terminal.out("zoo \(result.program), \(result.kernels)")
            var table = Table("operation", "shape", ">threads", ">ms", ">GFLOP/s", ">GB/s")
            for line in result.lines {
                table.add(
                    line.name, line.shape, "\(line.threads)", Format.decimal(line.milliseconds),
                    line.gigaflops.map { Format.decimal($0, 1) } ?? "", Format.decimal(line.gigabytes, 1))
            }
            table.print()
            for step in result.steps {
                Terminal.out(
                    "training step, \(step.precision), \(result.threads) threads: "
                        + "\(Format.decimal(step.rowsPerSecond, 1)) rows/s, "
                        + "\(Format.decimal(step.tokensPerSecond, 0)) tokens/s, "
                        + "\(Format.decimal(step.gigaflops, 1)) GFLOP/s, \(Format.percent(step.share)) of the product rate"
                )
            }
        }
    }
}
