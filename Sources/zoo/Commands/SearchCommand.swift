import ArgumentParser
import ZooKit

struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find models in the mirrors.", discussion: "Example: zoo search minilm")
    @Argument(help: "Part of a name; all models without it.") var term: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let registry = Registry.current
        let hits = try registry.search(term ?? "")
        let hasMirrors = try !hits.isEmpty || !registry.mirrors().isEmpty
        global.printList(hits) { hits in
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
            if !hasMirrors {
                Terminal.out("no mirrors; add one: zoo mirror add NAME FOLDER-OR-URL")
            } else if table.isEmpty {
                Terminal.out(term == nil ? "the mirrors hold no model" : "no model matches; zoo search lists all")
            } else {
                table.print()
            }
        }
    }
}
