import ArgumentParser
import ZooBase

/// The options every verb has.
struct GlobalOptions: ParsableArguments {
    @Flag(help: "Print one JSON value on standard output and nothing else there.")
    var json = false

    @Flag(name: [.short, .long], help: "Print no progress and no notices.")
    var quiet = false

    /// Prints `result`: as JSON when asked for, else as `human` prints it.
    func print<Result: JSONRepresentable>(_ result: Result, human: (Result) -> Void) {
        if json { Terminal.out(data: result.json.text(.pretty)) } else { human(result) }
    }

    /// Tells the user something on standard error, unless they asked for quiet.
    func notice(_ text: String) {
        if !quiet { Terminal.error(text) }
    }
}

extension GlobalOptions {
    /// Prints `results`: as a JSON array when asked for, else as `human` prints them.
    func printList<List: Collection>(_ results: List, human: (List) -> Void) where List.Element: JSONRepresentable {
        if json { Terminal.out(data: JSON.array(results.map(\.json)).text(.pretty)) } else { human(results) }
    }
}
