import ArgumentParser
import ZooKit

struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what nothing needs any more.",
        discussion: """
            Example: zoo gc --dry-run
            What an interrupted pull has fetched is kept for a day, so that the next one goes on with it.
            """)
    @Flag(help: "Only say what would go.") var dryRun = false
    @Flag(help: "Also remove what pulls fetched that were interrupted less than a day ago.") var withPartial = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.collectGarbage(dryRun: dryRun, withPartial: withPartial)) { result in
            if result.isDryRun {
                var table = Table("KIND", ">SIZE", "PATH")
                for item in result.items { table.add(item.kind, Format.bytes(item.byteCount), item.path) }
                if !table.isEmpty { table.print() }
            }
            let parts = Self.parts(result)
            let verb = result.isDryRun ? "would remove" : "removed"
            Terminal.out(
                parts.isEmpty
                    ? "nothing to remove"
                    : "\(verb) \(parts.joined(separator: ", ")): \(Format.bytes(result.byteCount))")
            Self.printKept(result)
        }
    }

    /// What goes, kind by kind.
    private static func parts(_ result: CollectResult) -> [String] {
        var parts: [String] = []
        for (kind, noun) in [
            ("blob", "blob"), ("manifest", "manifest"), ("temporary", "temporary file"),
            ("partial", "interrupted pull"),
        ] where result.count(kind) > 0 {
            parts.append("\(Format.counted(result.count(kind), noun)), \(Format.bytes(result.byteCount(kind)))")
        }
        if result.count("records") > 0 {
            parts.append("records of \(Format.counted(result.count("records"), "manifest"))")
        }
        if result.count("cache") > 0 { parts.append("cache, \(Format.bytes(result.byteCount("cache")))") }
        return parts
    }

    /// Says what stays although no version needs it, and what would change that.
    static func printKept(_ result: CollectResult) {
        let partial = result.kept.filter { $0.kind == "partial" }
        if !partial.isEmpty {
            let size = Format.bytes(partial.reduce(0) { $0 + $1.byteCount })
            Terminal.out(
                "kept \(Format.counted(partial.count, "interrupted pull")), \(size), less than a day old; "
                    + "`zoo gc --with-partial` removes \(partial.count == 1 ? "it" : "them")")
        }
        for item in result.kept {
            guard let run = item.run else { continue }
            Terminal.out(
                "the run \(run) keeps \(Format.bytes(item.byteCount)) that no version needs; "
                    + "`zoo finetune --resume \(run)` goes on with it, `zoo runs rm \(run)` gives it up")
        }
    }
}
