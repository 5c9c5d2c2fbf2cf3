import Foundation
import Testing

/// A command that has to be refused.
struct BadInput: CustomTestStringConvertible, Sendable {
    let name: String
    let arguments: [String]
    let status: Int32
    /// What the message has to say.
    let says: String
    var files: [String: String] = [:]

    init(_ name: String, _ command: String, _ status: Int32, _ says: String, _ files: [String: String] = [:]) {
        self.init(name, command.split(separator: " ").map(String.init), status, says, files)
    }

    init(_ name: String, _ arguments: [String], _ status: Int32, _ says: String, _ files: [String: String] = [:]) {
        self.name = name
        self.arguments = arguments
        self.status = status
        self.says = says
        self.files = files
    }

    var testDescription: String { name }
}

/// Each bad input gives one clear line and the documented exit code, and leaves the registry as it was.
@Suite struct BadInputTests {
    private static let train = "finetune base --task sentiment --freeze all -q --data"

    private static let references = [
        BadInput("unknown model", "show nothing", 3, "no model \"nothing\""),
        BadInput("a name nearly right", "show review", 3, "did you mean reviews?"),
        BadInput("unknown version", "predict reviews@9 text", 3, "no version 9; it has @1"),
        BadInput("unknown alias", "export reviews:production --to hub -o out", 3, "no alias \"production\""),
        BadInput("unknown digest", "lineage sha256:00000000", 3, "sha256:00000000"),
        BadInput("short digest", "show sha256:abc", 2, "8 digits"),
        BadInput("a path for a version", "finetune ./x --task sentiment", 2, "zoo import ./x"),
        BadInput("unknown task", "finetune base --task nothing", 3, "no task \"nothing\"; there are: sentiment"),
        BadInput("no task", "finetune base", 2, "--task"),
        BadInput("no head", "evaluate base --data reviews.csv", 2, "without a head"),
        BadInput("unknown mirror", "pull minilm-l3-compact --from nothing", 3, "no mirror \"nothing\"; there are lab"),
        BadInput("a mirror to forget", "mirror remove nothing", 3, "no mirror \"nothing\""),
        BadInput("a mirror without a folder", "mirror add other ./nothing", 3, "no folder ./nothing"),
        BadInput("unknown model in the mirrors", "pull nothing", 3, "no model \"nothing\" in lab"),
        BadInput("a mirror's model nearly right", "pull minilm-l3-compct", 3, "did you mean minilm-l3-compact?"),
        BadInput("a folder to index", "mirror index nothing", 3, "no folder nothing"),
        BadInput("a mirror's name", ["mirror", "add", "Bad Name", "."], 2, "cannot be the name of a mirror"),
        BadInput("an address with a key", "mirror add m http://127.0.0.1:9/?key=x --kind static", 4, "a query (?…)"),
        BadInput(
            "files that are not there", "pull minilm-l3-compact --only *.nothing --as other", 3,
            "`zoo pull minilm-l3-compact --dry-run`"),
        BadInput("a name that steers", ["show", "a\u{1B}[31m\nb"], 2, "\"a\\u{1b}[31m\\u{a}b\""),
        BadInput("unknown run", "finetune --resume nothing", 3, "no run \"nothing\""),
        BadInput("a run to remove", "runs rm nothing", 3, "no run \"nothing\""),
        BadInput("unknown format", "export reviews --to nothing -o out", 2, "there are: hub, onnx"),
        BadInput("a file nobody writes", "convert base out.gguf", 2, "that can be written"),
        BadInput("an archive of Keras", "convert base --to keras ./out.keras", 2, ".h5"),
        BadInput("an unknown format to write", "convert base ./out --to nothing", 2, "safetensors"),
        BadInput("shards of another format", "convert base ./out --to npz --shard-size 1MB", 2, "--shard-size: only"),
        BadInput("shards in one file", "convert base ./out.safetensors --shard-size 1MB", 2, "the name of one file"),
        BadInput("a suffix of nothing", "convert base ./out.foo", 2, "a folder (end it with /"),
        BadInput("a tensor that is not there", "inspect base --tensor nope", 3, "no tensor of base@1 matches \"nope\""),
        BadInput("an unknown dialect", "convert base out.h5 --keys nothing", 2, "transformers-tf"),
        BadInput("a file that is not there", "import ./nothing --as mine", 3, "./nothing"),
        BadInput("a checkpoint that is not there", "inspect nothing.safetensors", 3, "nothing.safetensors"),
        BadInput("data that is not there", "evaluate reviews --data nothing.csv", 3, "nothing.csv"),
        BadInput("a base that is needed", "rm base", 2, "derived from it is reviews@1"),
    ]

    private static let names = [
        "../x", "a/../b", "/a", "a/b/c", "a--b", "sha256", "latest", "-x", ".x", "a b", "a\n", "é", "x.safetensors",
        String(repeating: "a", count: 200),
    ].map {
        BadInput(
            "name \($0.prefix(20).debugDescription)", ["pull", "minilm-l3-compact", "--as=\($0)"], 2,
            "is not a model name")
    }

    private static let aliases = ["9", "", "../x", "a b", "a:b"].map {
        BadInput("alias \($0.debugDescription)", ["tag", "base", $0], 2, "is not an alias")
    }

    private static let data = [
        BadInput("unknown column", "\(train) reviews.csv --text-column title", 3, "it has: text, label"),
        BadInput("empty file", "\(train) bad.csv", 4, "bad.csv is empty", ["bad.csv": ""]),
        BadInput("empty file to judge on", "evaluate reviews --data bad.csv", 4, "is empty", ["bad.csv": ""]),
        BadInput("only a header", "\(train) bad.csv --header", 4, "bad.csv", ["bad.csv": "text,label\n"]),
        BadInput(
            "one class", "\(train) bad.csv", 4, "bad.csv: all 3 rows have the label \"positive\"",
            ["bad.csv": "text,label\na film,positive\na book,positive\nan inn,positive\n"]),
        BadInput(
            "unseen label", "evaluate reviews --data bad.csv", 4, "row 2 (line 3): the label \"superb\"",
            ["bad.csv": "text,label\na film,positive\na book,superb\n"]),
        BadInput(
            "too many fields", "\(train) bad.csv", 4, "row 2 (line 3): 4 fields where the other rows have 2",
            ["bad.csv": "text,label\na film,positive\na book,with,commas,negative\n"]),
        BadInput(
            "open quote", "\(train) bad.csv", 4, "bad.csv",
            ["bad.csv": "text,label\na film,positive\n\"a book,negative\nan inn,negative\n"]),
    ]

    private static let options = [
        BadInput("unknown verb", "nothing", 2, "no verb \"nothing\"; zoo --help"),
        BadInput("a verb nearly right", "finetun base", 2, "did you mean finetune?"),
        BadInput("help for no verb", "help nothing", 2, "no verb \"nothing\""),
        BadInput("unknown option", "ls --nothing", 2, "--nothing'; zoo help ls shows what it takes"),
        BadInput("an option nearly right", "ls --jsn", 2, "Did you mean '--json'?"),
        BadInput("not a number", "\(train) reviews.csv --epochs many", 2, "many"),
        BadInput("missing option", "export reviews --to hub", 2, "--output"),
        BadInput("missing argument", "pull", 2, "<name>"),
        BadInput("no epochs", "\(train) reviews.csv --epochs 0", 2, "--epochs must be"),
        BadInput("no rows a step", "\(train) reviews.csv --batch-size 0", 2, "zoo: --batch-size must be"),
        BadInput("a negative rate", "\(train) reviews.csv --lr -1", 2, "--lr must be a number above 0"),
        BadInput("too few class weights", "\(train) reviews.csv --class-weights 1,2", 2, "of the 3 labels"),
        BadInput("unknown schedule", "\(train) reviews.csv --schedule nothing", 2, "linear, cosine, constant"),
        BadInput("too high a rate", "\(train) reviews.csv --lr 1e30", 2, "lr"),
        BadInput("too many layers", "finetune base --task sentiment -q --freeze 99", 2, "99"),
        BadInput("no threads", "\(train) reviews.csv --threads 0", 2, "--threads"),
        BadInput("unknown dtype", "export reviews --to hub -o out --dtype f99", 2, "f99"),
        BadInput(
            "unknown key in a recipe", "\(train) reviews.csv --recipe bad.yaml", 4, "bad.yaml",
            ["bad.yaml": "epochs: 1\nspeed: 9\n"]),
    ]

    @Test(arguments: references + names + aliases) func aReferenceIsRefused(input: BadInput) throws {
        try Self.check(input)
    }

    @Test(arguments: data) func dataAreRefused(input: BadInput) throws { try Self.check(input) }

    @Test(arguments: options) func optionsAreRefused(input: BadInput) throws { try Self.check(input) }

    @Test(arguments: [
        "finetune base --task sentiment -q --data", "evaluate reviews --data", "predict reviews --data",
    ])
    func aLineOfTenMegabytesIsRefused(command: String) throws {
        let line = String(repeating: "a", count: 10_000_000)
        try Self.check(
            BadInput(
                "10 MB line", "\(command) bad.csv", 4, "line 2",
                ["bad.csv": "text,label\n\(line),positive\na book,negative\n"]))
    }

    @Test(arguments: ["finetune base --task sentiment -q --data", "evaluate reviews --data", "predict reviews --data"])
    func bytesThatAreNotUTF8AreRefused(command: String) throws {
        let workshop = try Workshop(.reviews)
        try workshop.write("bad.csv", Data("text,label\nfine,positive\ncaf".utf8) + [0xE9] + Data(",negative\n".utf8))
        try Self.check(BadInput("not UTF-8", "\(command) bad.csv", 4, "row 2 (line 3)"), in: workshop)
    }

    @Test(arguments: [
        "overlap", "hole-in-middle", "header-too-large", "header-cut", "data-cut", "duplicate-name", "dtype-unknown",
        "size-too-small", "empty", "not-json",
    ])
    func aMalformedCheckpointIsRefused(name: String) throws {
        let folder = ZooProcess.repository.appendingPathComponent("Fixtures/malformed/safetensors")
        let path = folder.appendingPathComponent("\(name).safetensors").path
        let workshop = try Workshop(.reviews)
        try Self.check(BadInput(name, ["import", path, "--as", "mine"], 4, "\(name).safetensors"), in: workshop)
        try Self.check(BadInput(name, ["inspect", path], 4, "\(name).safetensors"), in: workshop)
    }

    @Test func aFileThatIsNoCheckpointIsRefused() throws {
        let workshop = try Workshop(.reviews)
        for verb in ["import ./reviews.csv --as mine", "inspect ./reviews.csv"] {
            try Self.check(BadInput("no checkpoint", verb, 4, "reviews.csv"), in: workshop)
        }
    }

    @Test func labelsOfTwoReadingsAreRefusedWithTheFlagThatHelps() throws {
        let workshop = try Workshop(.base)
        let rows = (0..<30).map { "review number \($0),\($0 % 3 + 1)\n" }.joined()
        try workshop.write("stars.csv", "text,label\n" + rows)
        let command = ["finetune", "base", "--task", "sentiment", "--freeze", "all", "-q", "--data", "stars.csv"]
        try Self.check(BadInput("stars", command, 4, "more than one way"), in: workshop)
        let refused = try workshop.zoo(command)
        let flag = try #require(refused.standardError.split(separator: "--labels '").last?.split(separator: "'").first)
        #expect(try workshop.zoo(command + ["--labels", String(flag)]).status == 0)
        let labels = try workshop.json("show", "base-sentiment").strings("labels")
        #expect(labels == ["negative", "neutral", "positive"])
        // What the flag means is recorded: the same file is judged without it.
        #expect(try workshop.json("evaluate", "base-sentiment", "--data", "stars.csv").integer("rows") == 30)
        let unknown = command + ["--labels", "1=negative,2=neutral,3=positive"]
        try Self.check(BadInput("the wrong way round", unknown, 2, "--labels"), in: workshop)
    }

    @Test(arguments: [
        ("\"num_hidden_layers\": 4", "missing encoder.layer.3.attention.self.query.weight"),
        ("\"num_hidden_layers\": 2", "unexpected encoder.layer.2.attention.output.dense.weight"),
        ("\"num_hidden_layers\": 3, \"intermediate_size\": 100", "has shape [1536, 384], expected [100, 384]"),
    ])
    func weightsThatDoNotFitAreListed(change: String, says: String) throws {
        let workshop = try Workshop(.base)
        let model = workshop.folder.appendingPathComponent("model")
        try FileManager.default.copyItem(at: Sample.compactBase, to: model)
        let file = model.appendingPathComponent("config.json")
        let members = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter {
            !($0.contains("\"intermediate_size\"") && change.contains("intermediate_size"))
        }
        let changed = members.joined(separator: "\n").replacing("\"num_hidden_layers\": 3", with: change)
        try Data(changed.utf8).write(to: file)
        try workshop.done("import", "./model", "--as", "misfit")
        let command = "finetune misfit --task sentiment --data reviews.csv -q"
        try Self.check(BadInput("misfit", command, 4, says), in: workshop)
        let noisy = try workshop.zoo(command.split(separator: " ").dropLast().map(String.init))
        #expect(noisy.standardOutput.isEmpty)
        #expect(noisy.standardError.hasPrefix("zoo: misfit@1: the weights do not fit config.json"))
    }

    @Test(arguments: ["none", "all"]) func aLossThatIsNotFiniteStopsTheRun(freeze: String) throws {
        let workshop = try Workshop(.base)
        let model = workshop.folder.appendingPathComponent("model")
        try FileManager.default.copyItem(at: Sample.compactBase, to: model)
        let file = model.appendingPathComponent("model.safetensors")
        var bytes = try Data(contentsOf: file)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONText(String(decoding: bytes[8..<8 + length], as: UTF8.self))
        let start = try #require(header.integers("encoder.layer.0.output.dense.bias", "data_offsets")?.first)
        // The tensor's first element becomes an f16 infinity.
        bytes.replaceSubrange(8 + length + start..<8 + length + start + 2, with: [0x00, 0x7C])
        try bytes.write(to: file)
        try workshop.done("import", "./model", "--as", "infinite")
        let command = "finetune infinite --task sentiment --data reviews.csv -q --freeze \(freeze)"
        try Self.check(BadInput("infinite", command, 4, "step 1: the loss is not finite"), in: workshop)
    }

    @Test func upperCaseIsFolded() throws {
        #expect(try Workshop(.reviews).json("show", "Reviews").string("version.name") == "reviews")
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["import ./m --as mine", "inspect ./m/model.safetensors"])
    func aPipeInPlaceOfWeightsIsRefused(command: String) throws {
        let workshop = try Workshop(.reviews)
        try FileManager.default.createDirectory(
            at: workshop.folder.appendingPathComponent("m"), withIntermediateDirectories: true)
        try workshop.write("m/config.json", "{}")
        mkfifo(workshop.folder.appendingPathComponent("m/model.safetensors").path, 0o600)
        try Self.check(BadInput("a pipe", command, 4, "not a regular file"), in: workshop)
    }

    @Test func errorsAreJSONWhenAskedFor() throws {
        let outcome = try Workshop(.base).zoo("show", "nothing", "--json")
        #expect(outcome.status == 3)
        #expect(outcome.standardOutput.isEmpty)
        #expect(try JSONText(outcome.standardError).string("error.kind") == "notFound")
    }

    static func check(_ input: BadInput) throws { try check(input, in: Workshop(.reviews)) }

    static func check(_ input: BadInput, in workshop: Workshop) throws {
        for (name, text) in input.files { try workshop.write(name, text) }
        let before = try workshop.listing()
        let outcome = try workshop.zoo(input.arguments)
        #expect(outcome.status == input.status)
        #expect(outcome.standardOutput.isEmpty)
        #expect(outcome.standardError.hasPrefix("zoo: "))
        #expect(outcome.standardError.split(separator: "\n").count == 1 && outcome.standardError.hasSuffix("\n"))
        #expect(outcome.standardError.contains(input.says))
        #expect(try workshop.listing() == before)
        #expect(!workshop.has("out"))
    }
}
