import ArgumentParser
import Foundation
import ZooBase

/// Parses the arguments, runs the command and turns whatever happens into output and an exit code.
enum Entry {
    static func run(_ arguments: [String]) -> ExitStatus {
        do {
            try checkVerb(arguments)
            var command = try parse(arguments)
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
                Terminal.out(data: Zoo.fullMessage(for: error))
                Terminal.flush()
                return .done
            }
            if code == .validationFailure || error is ValidationError {
                let failure = UsageFailure(explanation: Zoo.message(for: error), verb: verb(arguments))
                report(failure, asJSON: arguments.contains("--json"))
                return .usage
            }
            Terminal.error("zoo: this is a defect of zoo, please report it: \(error)")
            return .defect
        }
    }

    /// The command that `arguments` tell of.
    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        // A verb is tried by itself first: the library looks at all verbs otherwise, which takes milliseconds. Where that
        // gives no command, all of them together say what is wrong, or help.
        let verb = Zoo.configuration.subcommands.first { $0.configuration.commandName == arguments.first }
        if let verb, verb.configuration.subcommands.isEmpty,
            let command = try? verb.parseAsRoot(Array(arguments.dropFirst())), type(of: command) == verb
        {
            return command
        }
        return try Zoo.parseAsRoot(arguments)
    }

    private static let verbs = Zoo.configuration.subcommands.compactMap { $0.configuration.commandName }

    /// The verb that `arguments` begin with.
    private static func verb(_ arguments: [String]) -> String? {
        arguments.first.flatMap { verbs.contains($0) ? $0 : nil }
    }

    /// Throws when the first word, or the one after `help`, is no verb.
    private static func checkVerb(_ arguments: [String]) throws {
        let word = arguments.first == "help" ? arguments.dropFirst().first : arguments.first
        guard let word, !word.hasPrefix("-"), word != "help", !verbs.contains(word) else { return }
        let near = Suggestions.near(word, among: verbs)
        let question = near.isEmpty ? "" : " (did you mean \(near.joined(separator: " or "))?)"
        throw UsageFailure(explanation: "there is no verb \"\(word)\"\(question)", verb: nil)
    }

    private static func report(_ failure: any ZooFailure, asJSON: Bool) {
        if asJSON {
            let value: JSON = [
                "error": ["kind": .string(failure.kind.rawValue), "message": .string(failure.message.printable)]
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
    let verb: String?

    var kind: FailureKind { .usage }
    var message: String {
        let line = explanation.split(separator: "\n").first.map(String.init) ?? "the arguments cannot be understood"
        let help = verb.map { "zoo help \($0) shows what it takes" } ?? "zoo --help lists the verbs"
        return Self.withoutGuess(line) + "; " + help
    }

    /// Leaves out the suggestion of an option that is not like the one typed, and the full stop.
    private static func withoutGuess(_ line: String) -> String {
        var line = line
        let words = line.split(separator: "'", omittingEmptySubsequences: false)
        if words.count == 5, words[2].hasSuffix("Did you mean "),
            Suggestions.near(String(words[1]), among: [String(words[3])]).isEmpty
        {
            line = "\(words[0])'\(words[1])'"
        }
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }
}
