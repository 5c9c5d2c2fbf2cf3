import ArgumentParser
import Foundation
import ZooBase

/// Parses the arguments, runs the command and turns whatever happens into output and an exit code.
enum Entry {
    static func run(_ arguments: [String]) -> ExitStatus {
        do {
            var command = try Zoo.parseAsRoot(arguments)
            try command.run()
            Terminal.flush()
            return .done
        } catch let failure as any ZooFailure {
            report(failure, asJSON: arguments.contains("--json"))
            return ExitStatus(failure.kind)
        } catch let status as ExitStatus {
            Terminal.flush()
            return status
        } catch {
            let code = Zoo.exitCode(for: error)
            if code == .success {
                // Help and version texts are asked for: they go to standard output.
                Terminal.out(Zoo.fullMessage(for: error))
                Terminal.flush()
                return .done
            }
            if code == .validationFailure || error is ValidationError {
                report(UsageFailure(explanation: Zoo.message(for: error)), asJSON: arguments.contains("--json"))
                return .usage
            }
            Terminal.error("zoo: this is a defect of zoo, please report it: \(error)")
            return .defect
        }
    }

    private static func report(_ failure: any ZooFailure, asJSON: Bool) {
        Terminal.flush()
        if asJSON {
            let value: JSON = [
                "error": ["kind": .string(failure.kind.rawValue), "message": .string(failure.message)]
            ]
            Terminal.error(value.text(.compact))
        } else {
            Terminal.error("zoo: \(failure.message)")
        }
    }
}

/// Arguments that cannot be understood, in one line.
private struct UsageFailure: ZooFailure {
    let explanation: String

    var kind: FailureKind { .usage }
    var message: String {
        let line = explanation.split(separator: "\n").first.map(String.init) ?? "the arguments cannot be understood"
        return line + (line.hasSuffix(".") ? "" : ";") + " zoo help VERB shows what a verb takes"
    }
}
