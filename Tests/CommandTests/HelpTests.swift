import Foundation
import Testing

/// What the program says about itself.
@Suite struct HelpTests {
    private static let verbs = [
        "compare", "doctor", "evaluate", "export", "finetune", "gc", "head", "import", "inspect", "lineage", "ls",
        "merge",
        "mirror", "predict", "pull", "rm", "runs", "search", "show", "slice", "tag", "tokenize", "verify",
    ]

    @Test func theVersionNamesTheNumerics() throws {
        let version = try Workshop().done("--version")
        #expect(version.hasPrefix("zoo "))
        #expect(version.contains("numerics version"))
        #expect(version.split(separator: "\n").count == 1)
    }

    @Test func helpListsEveryVerbAndExitCode() throws {
        let workshop = try Workshop()
        let help = try workshop.done("--help")
        for verb in Self.verbs { #expect(help.contains("\n  \(verb) "), "\(verb)") }
        #expect(help.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("5 damaged store"))
        #expect(!FileManager.default.fileExists(atPath: workshop.home.path))
    }

    @Test(arguments: verbs) func everyVerbHasAnExample(verb: String) throws {
        let help = try Workshop().done("help", verb)
        #expect(help.contains("Example"))
        #expect(help.contains("zoo \(verb)"))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionsAreWritten(shell: String) throws {
        let script = try Workshop().done("--generate-completion-script", shell)
        #expect(script.contains("finetune"))
    }

    @Test func doctorKnowsTheLibraries() throws {
        let text = try Workshop(.base).done("doctor")
        for word in ["OpenBLAS", "oneDNN", "kernels", "registry"] { #expect(text.contains(word), "\(word)") }
    }

    @Test func anEmptyRegistryIsNoError() throws {
        let workshop = try Workshop()
        #expect(try workshop.json("ls").count() == 0)
        #expect(try workshop.json("runs").count() == 0)
        #expect(try workshop.json("mirror", "list").count() == 0)
        try workshop.done("doctor")
    }
}
