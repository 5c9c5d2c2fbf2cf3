import ArgumentParser
import ZooKit

struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what nothing needs any more.", discussion: "Example: zoo gc --dry-run")
    @Flag(help: "Only say what would go.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.collectGarbage(dryRun: dryRun)) { result in
            if result.isDryRun {
                var table = Table("KIND", ">SIZE", "PATH")
                for item in result.items { table.add(item.kind, Format.bytes(item.byteCount), item.path) }
                if !table.isEmpty { table.print() }
            }
            let verb = result.isDryRun ? "would remove" : "removed"
            Terminal.out(
                "\(verb) \(result.count("blob")) blobs, \(result.count("manifest")) manifests, "
                    + "\(result.temporaryCount) temporary files: \(Format.bytes(result.byteCount))")
        }
    }
}
