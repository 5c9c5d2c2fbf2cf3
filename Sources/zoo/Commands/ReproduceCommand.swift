import ArgumentParser
import ZooKit

struct ReproduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce", abstract: "Make a version again from its lineage and compare every byte.",
        discussion: """
            Example: zoo reproduce reviews@2
            Every step that can be performed is performed in a scratch registry: pulled again from its mirror, \
            converted, sliced, merged, trained. What cannot is taken as the registry holds it, and said. Nothing in the \
            registry changes.
            Ends with exit code 0 when the version is identical or, on other kernels than it was made on, when no \
            tensor differs by more than --bound; with 1 when it differs or could not be made again.
            """)
    @Argument(help: "NAME, NAME@3, NAME:alias or sha256:PREFIX.") var reference: String
    @Option(
        help: "A file or folder that went in and that the registry does not keep, such as data (may be repeated).",
        completion: .file())
    var input: [String] = []
    @Option(help: "On other kernels, the largest |made - recorded| / |recorded| of a tensor.")
    var bound = ReproduceRequest.usualBound
    @Flag(help: "Ask no mirror on another machine.") var offline = false
    @Option(help: "Worker threads (default: one a core); never changes the result.") var threads: Int?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        Interruption.catchSignals()
        var request = ReproduceRequest(reference)
        request.inputs = input
        request.bound = bound
        request.isOffline = offline
        request.threads = threads
        let output = ReproduceOutput(global: global)
        let result = try Registry.current.reproduce(
            request, isStopped: { Interruption.isRequested }, emit: output.show)
        global.print(result) { Terminal.out(Self.answer($0)) }
        if ![.identical, .withinBound].contains(result.outcome) { throw ExitStatus.answerIsNo }
    }

    private static func answer(_ result: ReproduceResult) -> String {
        let last = result.steps.last
        let version = Terminal.bold(result.version)
        switch result.outcome {
        case .identical: return "\(version) made again: identical"
        case .withinBound:
            return "\(version) made again on other kernels: no tensor differs by more than "
                + Format.scientific(last?.largest?.relative ?? 0) + " (bound \(Format.scientific(result.bound)))"
        case .notPossible: return "\(version) cannot be made again: \(last?.reason ?? "")"
        case .differs:
            guard let last else { return "\(version) differs" }
            let bound = last.reason == nil ? "" : " (bound \(Format.scientific(result.bound)))"
            let step = last.names.contains(result.version) ? "" : ", first in \(last.title)"
            return "\(version) made again: differs\(step)\(bound)"
        }
    }
}

/// Shows the steps as they are done.
private final class ReproduceOutput {
    private let global: GlobalOptions
    private var progress: Progress?

    init(global: GlobalOptions) { self.global = global }

    func show(_ event: ReproduceEvent) {
        switch event {
        case .began(let step, let count, let title, let operation):
            progress = Progress("\(step)/\(count) \(operation) \(title)", isQuiet: global.quiet || global.json)
        case .bytes(let done, let total): progress?.update(bytes: done, of: total)
        case .training(let step):
            progress?.update(
                step: step.step, of: step.stepCount, detail: "\(Format.duration(step.secondsLeft)) left")
        case .finished(let step):
            progress?.finish()
            progress = nil
            if !global.quiet, !global.json { print(step) }
        }
    }

    private func print(_ step: ReproduceResult.Step) {
        let state =
            switch step.action {
            case .made: step.isIdentical ? "identical" : "differs"
            case .kept: "taken as it is"
            case .missing: "missing"
            }
        Terminal.out(
            "\(step.operation.padded(to: 10))\(step.title.padded(to: 24))\(state)  \(Format.duration(step.seconds))")
        if let reason = step.reason { Terminal.out("          \(reason)") }
        if !step.differingFiles.isEmpty {
            Terminal.out("          files: \(step.differingFiles.joined(separator: ", "))")
        }
        if let first = step.first { Terminal.out("          first: \(Self.text(first))") }
        if let largest = step.largest, largest.tensor != step.first?.tensor {
            Terminal.out("          most:  \(Self.text(largest))")
        }
        Terminal.flush()
    }

    private static func text(_ difference: ReproduceResult.Difference) -> String {
        difference.tensor + "  "
            + (difference.relative.map { "differs by \(Format.scientific($0))" } ?? difference.reason ?? "")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(2, width - count))
    }
}
