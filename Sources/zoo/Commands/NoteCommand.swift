import ArgumentParser
import ZooKit

struct NoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Add a note to a version, or show its notes.",
        discussion: "Example: zoo note reviews@2 'labels checked by hand'")
    @Argument(help: "The version.") var reference: String
    @Argument(help: "The note; without it the notes are shown.") var text: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        let registry = Registry.current
        let result = try text.map { try registry.note(reference, text: $0) } ?? registry.notes(reference)
        global.print(result) { result in
            if result.notes.isEmpty { Terminal.out("no notes on \(result.version)") }
            for note in result.notes { Terminal.out("\(note.time)  \(note.text)") }
        }
    }
}
