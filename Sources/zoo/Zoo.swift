import ArgumentParser
import Foundation
import ZooKit

/// The root command; the verbs are listed here, each in its own file.
struct Zoo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zoo",
        abstract: "A model zoo in one program: pull, inspect, fine-tune, evaluate, compare, export.",
        discussion: """
            Models live in a registry under $ZOO_HOME (default ~/.zoo). A model is written NAME, NAME@3, NAME:alias or \
            sha256:PREFIX; a file or folder is written ./PATH.

            Exit codes: 0 done; 1 the answer is no; 2 usage; 3 not found; 4 bad input; 5 damaged store; 6 I/O or \
            resources; 70 a defect of zoo; 130 or 143 interrupted.
            """,
        // The whole line names the product libraries and loads them, so it is made only when it is asked for.
        version: CommandLine.arguments.contains("--version") ? ZooVersion.line : ZooVersion.number,
        subcommands: [ParityCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Bring models in",
                subcommands: [
                    MirrorCommand.self, SearchCommand.self, PullCommand.self, ImportCommand.self,
                ]),
            CommandGroup(
                name: "Look",
                subcommands: [
                    ListCommand.self, ShowCommand.self, InspectCommand.self, DiffCommand.self, WhatIsCommand.self,
                    LineageCommand.self, ReproduceCommand.self, LogCommand.self, CardCommand.self, TokenizeCommand.self,
                ]),
            CommandGroup(
                name: "Work",
                subcommands: [
                    FinetuneCommand.self, RunsCommand.self, EvaluateCommand.self, PredictCommand.self,
                    CompareCommand.self, ConvertCommand.self, SliceCommand.self, HeadCommand.self,
                    MergeCommand.self, ExportCommand.self,
                ]),
            CommandGroup(
                name: "Keep",
                subcommands: [
                    TagCommand.self, NoteCommand.self, RemoveCommand.self, CollectCommand.self, DiskUseCommand.self,
                    VerifyCommand.self, DoctorCommand.self,
                    BenchCommand.self,
                ]),
        ]
    )
}

extension Registry {
    /// The registry of this user: `$ZOO_HOME`, else `~/.zoo`.
    static var current: Registry {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["ZOO_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return Registry(home: home ?? (environment["HOME"] ?? ".") + "/.zoo") { Terminal.error("zoo: \($0)") }
    }
}
