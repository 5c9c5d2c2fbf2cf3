import ArgumentParser
import ZooKit

struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find models in the mirrors.", discussion: "Example: zoo search minilm")
    @Argument(help: "Part of a name; all models without it.") var term: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.printList(try Registry.current.search(term ?? "")) { hits in
            var table = Table("NAME", "MIRROR", "KIND", ">SIZE", "LICENCE")
            for hit in hits {
                table.add(hit.name, hit.mirror, hit.kind, hit.byteCount.map(Format.bytes) ?? "-", hit.licence ?? "-")
            }
            if table.isEmpty { Terminal.out("no model matches") } else { table.print() }
        }
    }
}
