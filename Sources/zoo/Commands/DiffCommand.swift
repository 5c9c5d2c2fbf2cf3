import ArgumentParser
import ZooBase
import ZooKit

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what differs between two checkpoints; exit code 1 when something does.",
        discussion: """
            Examples:
              zoo diff reviews@1 reviews@2
              zoo diff ./model.h5 ./model.safetensors
            Tensors are paired by name, then by content: renamed, transposed and recast ones are told from changed ones.
            """)
    @Argument(help: "A version, or a file or folder (./PATH).", completion: .file()) var first: String
    @Argument(help: "A version, or a file or folder (./PATH).", completion: .file()) var second: String
    @Option(help: "Tensors to list (0: all).") var limit = 20
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let result = try Registry.current.diff(first, second)
        global.print(result) { result in
            Terminal.out("\(Terminal.bold(result.sources[0])) → \(Terminal.bold(result.sources[1]))")
            if result.isSame { Terminal.out(result.notes.isEmpty ? "  the same" : "  the same weights") }
            for note in result.notes { Terminal.out("  \(note)") }
            let shown = limit > 0 ? result.changes.prefix(limit) : result.changes[...]
            if !shown.isEmpty {
                var table = Table("TENSOR", "DIFFERENCE", "")
                for change in shown { table.add(change.name, change.what, change.figures) }
                table.print(indent: 2)
            }
            if shown.count < result.changes.count {
                Terminal.out("  … and \(result.changes.count - shown.count) more (--limit 0 lists all)")
            }
            let largest = result.groups.map(\.relativeChange).filter(\.isFinite).max() ?? 0
            guard largest > 0 else { return }
            var table = Table("PART", ">TENSORS", ">CHANGED", ">RELATIVE", "")
            for group in result.groups {
                let relative = group.relativeChange
                let bar =
                    relative.isFinite ? String(repeating: "█", count: Int((relative / largest * 20).rounded())) : ""
                table.add(
                    group.name, "\(group.tensorCount)", "\(group.changedCount)",
                    Self.share(relative), bar)
            }
            table.print(indent: 2)
        }
        if !result.isSame { throw ExitStatus.answerIsNo }
    }

    /// `2.4 %`, or `1.9e-04` where that would be none.
    private static func share(_ relative: Double) -> String {
        guard relative.isFinite else { return "-" }
        return relative == 0 || relative >= 0.001 ? Format.percent(relative) : Format.scientific(relative)
    }
}

struct WhatIsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatis", abstract: "Tell what the registry knows about a checkpoint.",
        discussion: "Example: zoo whatis ./found_on_a_drive.h5")
    private static let mostShown = 5
    @Argument(help: "A file or folder (./PATH), or a version.", completion: .file()) var source: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let result = try Registry.current.whatIs(source)
        global.print(result) { result in
            Terminal.out("\(Terminal.bold(result.source))")
            Terminal.out("  weights   \(result.weightsDigest)")
            for match in result.matches.prefix(Self.mostShown) {
                Terminal.out("  \(match.version): \(match.relation) (\(match.reason))")
            }
            if result.matches.count > Self.mostShown {
                Terminal.out("  … and \(result.matches.count - Self.mostShown) more (--json lists all)")
            }
            if result.matches.isEmpty { Terminal.out("  nothing in the registry is near it") }
        }
        if result.matches.isEmpty { throw ExitStatus.answerIsNo }
    }
}
