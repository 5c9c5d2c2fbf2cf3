import Foundation
import Testing

/// The keys that every verb's `--json` prints, so that none changes by accident.
///
/// `ZOO_RECORD_SNAPSHOTS=1` writes them anew; such a run fails, so that nobody takes it for a passed test.
@Suite struct SnapshotTests {
    @Test func modelsComeIn() throws {
        let workshop = try Workshop()
        try check("mirror-add", workshop.json("mirror", "add", "lab", Sample.mirror.path))
        try check("mirror-list", workshop.json("mirror", "list"))
        try check("search", workshop.json("search"))
        try check("pull", workshop.json("pull", "minilm-l3-compact", "--as", "base"))
        try check("import", workshop.json("import", Sample.compactBase.path, "--as", "mine"))
        try check("mirror-remove", workshop.json("mirror", "remove", "lab"))
    }

    @Test func modelsAreLookedAt() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("tag", "reviews", "production")
        try workshop.done("evaluate", "reviews", "--data", "reviews.csv")
        try check("ls", workshop.json("ls"))
        try check("show", workshop.json("show", "reviews"))
        try check("inspect", workshop.json("inspect", "reviews", "--tensors"))
        try check("lineage", workshop.json("lineage", "reviews"))
        try check("reproduce", workshop.json("reproduce", "reviews"))
        try check("tokenize", workshop.json("tokenize", "base", "a stirring film"))
        let lines = try workshop.zoo("tokenize", "base", "--jsonl", "-", input: "{\"text\": \"a\", \"pair\": \"b\"}\n")
        try check("tokenize-jsonl", JSONText(lines.standardOutput))
    }

    @Test func checkpointsAreConvertedAndCompared() throws {
        let workshop = try Workshop(.base)
        let options = ["--keys", "transformers-tf", "--dtype", "bf16", "--json"]
        try check("convert", JSONText(workshop.zoo(["convert", "base", "half.h5"] + options).standardOutput))
        try check("whatis", workshop.json("whatis", "half.h5"))
        try workshop.done("convert", "base", "same.pt")
        #expect(try workshop.zoo("diff", "base", "same.pt").status == 0)
        let different = try workshop.zoo("diff", "base", "half.h5", "--json")
        #expect(different.status == 1)
        try check("diff", JSONText(different.standardOutput))
    }

    /// What a GGUF file and the metadata of a safetensors file say of the model.
    @Test func filesSayWhatTheyAre() throws {
        let workshop = try Workshop()
        func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        func text(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count)) + Array(text.utf8) }
        func entry(_ name: String, _ value: String) -> [UInt8] { text(name) + number(UInt32(8)) + text(value) }
        let tokens = ["<s>", "</s>", "a"]
        let array = number(UInt32(9)) + number(UInt32(8)) + number(UInt64(tokens.count)) + tokens.flatMap(text)
        let head = Array("GGUF".utf8) + number(UInt32(3)) + number(UInt64(0)) + number(UInt64(5))
        let words = entry("general.architecture", "llama") + entry("general.license", "mit")
        let layers = text("llama.block_count") + number(UInt32(4)) + number(UInt32(2))
        let tokenizer = entry("tokenizer.ggml.model", "bpe") + text("tokenizer.ggml.tokens") + array
        try workshop.write("model.bin", Data(head + words + layers + tokenizer))
        let found = try workshop.json("inspect", "./model.bin")
        #expect(found.string("architecture") == "llama (zoo cannot run it): 2 layers")
        #expect(found.string("tokenizer") == "bpe: 3 tokens")
        #expect(found.string("licence") == "mit" && found.string("licences.0.source") == "metadata")
        let header = #"{"__metadata__": {"license": "MIT"}}"#
        try workshop.write("x.safetensors", Data(number(UInt64(header.utf8.count)) + Array(header.utf8)))
        #expect(try workshop.json("inspect", "./x.safetensors").string("licence") == "MIT")
    }

    @Test func modelsAreTrainedAndJudged() throws {
        let workshop = try Workshop(.reviews)
        let arguments = ["finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--epochs", "2", "--json"]
        let running = try ZooProcess(arguments, home: workshop.home, folder: workshop.folder)
        #expect(try running.wait(for: "\"step\":1,"))
        running.send(SIGINT)
        let stopped = try running.finish()
        try check("error", JSONText(stopped.standardError))
        let runs = try workshop.json("runs", "list")
        try check("runs-list", runs)
        let run = try #require(runs.string("0.run"))
        try check("runs-rm", workshop.json("runs", "rm", run))

        let trained = try workshop.zoo(arguments + ["--freeze", "all", "--name", "reviews", "--lr", "0.01"])
        let events = try JSONText.lines(trained.standardOutput)
        let names = Set(events.compactMap { $0.string("event") })
        let paths = events.flatMap { event in event.keyPaths.map { "\(event.string("event") ?? "?"): \($0)" } }
        try check("finetune", paths: Set(paths).sorted())
        #expect(names == ["data", "plan", "started", "step", "epoch", "result"])

        try check("evaluate", workshop.json("evaluate", "reviews@2", "--data", "reviews.csv", "--errors", "40"))
        try check("predict", workshop.json("predict", "reviews", "a film"))
        try check("predict-csv", workshop.json("predict", "reviews", "a film", "-o", "predicted.csv"))
        try check("compare", workshop.json("compare", "reviews@1", "reviews@2"))
        let onData = ["compare", "reviews@1", "reviews@2", "--data", "reviews.csv", "--errors", "40", "--json"]
        try check("compare-data", JSONText(workshop.zoo(onData).standardOutput))
        try check("export-hub", workshop.json("export", "reviews", "--to", "hub", "-o", "hub"))
        try check("export-onnx", workshop.json("export", "reviews", "--to", "onnx", "-o", "onnx"))
    }

    @Test func modelsAreKept() throws {
        let workshop = try Workshop(.reviews)
        try check("tag", workshop.json("tag", "base", "first"))
        try check("rm", workshop.json("rm", "reviews"))
        try check("gc", workshop.json("gc"))
        try check("verify", workshop.json("verify"))
        try workshop.damageLargestBlob()
        let damaged = try workshop.zoo("verify", "--json")
        #expect(damaged.status == 5)
        try check("verify-damaged", JSONText(damaged.standardOutput))
        try check("doctor", workshop.json("doctor"))
    }

    private func check(_ name: String, _ json: JSONText) throws { try Self.check(name, json) }
    private func check(_ name: String, paths: [String]) throws { try Self.check(name, paths: paths) }

    static func check(_ name: String, _ json: JSONText) throws { try check(name, paths: json.keyPaths) }

    private static func check(_ name: String, paths: [String]) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots")
        let file = folder.appendingPathComponent("\(name).txt")
        if ProcessInfo.processInfo.environment["ZOO_RECORD_SNAPSHOTS"] == "1" {
            try Data((paths.joined(separator: "\n") + "\n").utf8).write(to: file)
            Issue.record("recorded \(file.lastPathComponent): look at the difference, then run the tests without it")
            return
        }
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        let difference = paths.difference(from: expected)
        #expect(
            difference.isEmpty,
            "\(name): new \(difference.insertions.map(\.element)), gone \(difference.removals.map(\.element))")
    }
}

extension CollectionDifference.Change {
    fileprivate var element: ChangeElement {
        switch self {
        case .insert(_, let element, _), .remove(_, let element, _): element
        }
    }
}
