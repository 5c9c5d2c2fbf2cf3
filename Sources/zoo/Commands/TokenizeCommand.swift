import ArgumentParser
import ZooBase
import ZooKit

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize", abstract: "Show a text as the model sees it: ids, word pieces, offsets.",
        discussion: """
            Examples:
              zoo tokenize base "a stirring film"
              zoo tokenize base --jsonl texts.jsonl      one {"text": …, "pair": …} a line in, one result a line out
            """)
    @Argument(help: "A version, or a model folder (./PATH).") var source: String
    @Argument(help: "The text.") var text: String?
    @Option(help: "A second text, for pairs.") var pair: String?
    @Option(help: "A file with one JSON object a line; - for standard input.", completion: .file()) var jsonl: String?
    @Option(help: "Cut after this many tokens (default: the tokenizer's own limit).") var maxLength: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (text == nil) != (jsonl == nil) else { throw ValidationError("give a text or --jsonl FILE") }
        guard maxLength ?? 1 > 0 else { throw ValidationError("--max-length is at least 1") }
    }

    func run() throws {
        if let jsonl {
            try Registry.current.tokenize(source, jsonLines: jsonl, maximumLength: maxLength) {
                Terminal.out(data: $0.json.text(.compact))
            }
            return
        }
        let result = try Registry.current.tokenize(source, text: text!, pair: pair, maximumLength: maxLength)
        global.print(result) { result in
            var table = Table(">ID", "TOKEN", ">FROM", ">TO", ">TYPE")
            for index in result.ids.indices {
                table.add(
                    String(result.ids[index]), result.tokens[index], String(result.offsets[index].start),
                    String(result.offsets[index].end), String(result.typeIds[index]))
            }
            table.print()
            if result.truncatedTokenCount > 0 { Terminal.out("\(result.truncatedTokenCount) tokens were cut off") }
        }
    }
}
