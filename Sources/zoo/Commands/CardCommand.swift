import ArgumentParser
import ZooKit

struct CardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card", abstract: "Print a model card: lineage, metrics, data and licence, with front matter.",
        discussion: "Example: zoo card reviews@2 > README.md")
    @Argument(help: "The version.") var reference: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
        global.print(try Registry.current.card(of: reference)) { card in
            let text = card.text.hasSuffix("\n") ? String(card.text.dropLast()) : card.text
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) { Terminal.out(String(line)) }
        }
    }
}
