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
                var licences: [String] = []
                for licence in hit.licences where !licences.contains(licence.identifier) {
                    licences.append(licence.identifier)
                }
                table.add(
                    hit.name, hit.mirror, hit.kind, hit.byteCount.map(Format.bytes) ?? "-",
                    licences.isEmpty ? "-" : licences.joined(separator: ", "))
            }
            if table.isEmpty { Terminal.out("no model matches") } else { table.print() }
        }
    }
}
