import Foundation
import Testing

/// The main job, command by command, as a user types it.
@Suite struct WholePathTests {
    @Test func aModelIsFoundPulledAndLookedAt() throws {
        let workshop = try Workshop()
        try workshop.done("mirror", "add", "lab", Sample.mirror.path)
        let hits = try workshop.json("search", "minilm")
        #expect(hits.string("0.name") == "minilm-l3-compact")
        let pulled = try workshop.json("pull", "MiniLM_L3.compact", "--as", "Base")
        #expect(pulled.string("version") == "base@1")
        #expect(pulled.bool("isNew") == true)
        #expect(pulled.string("licences.0.identifier") == "Apache-2.0")
        let again = try workshop.json("pull", "minilm-l3-compact", "--as", "base")
        #expect(again.bool("isNew") == false)
        #expect(again.string("digest") == pulled.string("digest"))

        let list = try workshop.json("ls")
        #expect(list.count() == 1)
        #expect(list.string("0.digest") == pulled.string("digest"))
        let details = try workshop.json("show", pulled.string("digest") ?? "")
        #expect(details.string("version.name") == "base")
        #expect(details.string("weightsDigest") == pulled.string("weightsDigest"))
        let inspection = try workshop.json("inspect", "base", "--tensors")
        #expect(inspection.integer("parameters") == 7_825_920)
        #expect(inspection.count("tensors") == 55)
        let file = try workshop.json("inspect", Sample.compactBase.appendingPathComponent("model.safetensors").path)
        #expect(file.integer("parameters") == 7_825_920)
        let tokens = try workshop.json("tokenize", "base", "a stirring film")
        #expect(tokens.strings("tokens")?.first == "[CLS]")
        #expect(tokens.count("ids") == tokens.count("offsets"))
    }

    @Test func anUpToDateVersionThatIsNotTheLatestSaysSo() throws {
        let workshop = try Workshop(.base)
        #expect(try workshop.json("pull", "minilm-l3-compact", "--as", "base").string("latest") == nil)
        let model = workshop.folder.appendingPathComponent("model")
        try FileManager.default.copyItem(at: Sample.compactBase, to: model)
        try workshop.write("model/notes.txt", "one file more")
        try workshop.done("import", "./model", "--as", "base")
        let again = try workshop.done("pull", "minilm-l3-compact", "--as", "base")
        #expect(again.split(separator: "\n").first?.hasPrefix("base@1 ") == true)
        #expect(again.split(separator: "\n").first?.hasSuffix("; base alone means base@2") == true)
        #expect(try workshop.json("pull", "minilm-l3-compact", "--as", "base").string("latest") == "base@2")
    }

    @Test func whatCouldSteerATerminalIsEscaped() throws {
        let workshop = try Workshop()
        let folder = workshop.folder.appendingPathComponent("mirror/evil\u{1B}[2J")
        try FileManager.default.createDirectory(
            at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Sample.compactBase, to: folder)
        let card = "---\nlicense: \u{1B}[31mred\u{9B}0m\u{7F}\n---\n"
        try Data(card.utf8).write(to: folder.appendingPathComponent("README.md"))
        try workshop.done("mirror", "add", "lab", "./mirror")
        var printed = try workshop.done("search")
        #expect(printed.contains("evil\\u{1b}[2J") && printed.contains("\\u{1b}[31mred\\u{9b}0m\\u{7f}"))
        printed += try workshop.done("pull", "evil\u{1B}[2J", "--as", "base")
        printed += try workshop.done("show", "base") + workshop.done("ls") + workshop.done("card", "base")
        printed += try workshop.zoo("pull", "evil\u{1B}[3J").standardError
        let harmful = printed.unicodeScalars.filter { $0 != "\n" && $0.properties.generalCategory == .control }
        #expect(harmful.isEmpty, "\(printed.debugDescription)")
    }

    @Test func aPulledBaseComesBackByteForByte() throws {
        let workshop = try Workshop(.base)
        let result = try workshop.json("export", "base", "--to", "hub", "-o", "out/hub")
        #expect(result.string("format") == "hub")
        let names = try FileManager.default.contentsOfDirectory(atPath: Sample.compactBase.path).sorted()
        let exported = workshop.folder.appendingPathComponent("out/hub")
        #expect(try FileManager.default.contentsOfDirectory(atPath: exported.path).sorted() == names)
        for name in names {
            let original = try Data(contentsOf: Sample.compactBase.appendingPathComponent(name))
            #expect(try Data(contentsOf: exported.appendingPathComponent(name)) == original, "\(name)")
        }
    }

    @Test func anArchiveIsPulled() throws {
        let workshop = try Workshop()
        let mirror = workshop.folder.appendingPathComponent("mirror")
        try FileManager.default.createDirectory(at: mirror, withIntermediateDirectories: true)
        let archive = mirror.appendingPathComponent("small-base.tar.gz").path
        let packed = try ZooProcess(
            ["tar", "-czf", archive, "-C", Sample.mirror.path, Sample.compactBase.lastPathComponent],
            executable: URL(fileURLWithPath: "/usr/bin/env"), home: workshop.home, folder: workshop.folder
        ).finish()
        #expect(packed.status == 0)
        try workshop.done("mirror", "add", "archives", "./mirror")
        #expect(try workshop.json("search").string("0.name") == "small-base")
        #expect(try workshop.json("pull", "small-base").string("version") == "small-base@1")
        try workshop.done("export", "small-base", "--to", "hub", "-o", "out")
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            let exported = try Data(contentsOf: workshop.folder.appendingPathComponent("out/\(name)"))
            #expect(try exported == Data(contentsOf: Sample.compactBase.appendingPathComponent(name)), "\(name)")
        }
        let lineage = try workshop.json("lineage", "small-base")
        #expect(lineage.string("operation") == "pull")
        #expect(lineage.string("derivation.inputs.0.sha256")?.count == 64)
    }

    @Test func aFolderIsImported() throws {
        let workshop = try Workshop(.base)
        let imported = try workshop.json("import", Sample.compactBase.path, "--as", "team/Mine")
        #expect(imported.string("version") == "team/mine@1")
        #expect(imported.integer("newBytes") == 0)
        let pulled = try workshop.json("show", "base")
        #expect(imported.string("weightsDigest") == pulled.string("weightsDigest"))
    }

    @Test func aFineTuneIsMeasuredUsedAndKept() throws {
        let workshop = try Workshop(.base)
        let arguments = [
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--freeze", "all", "--epochs", "2",
            "--batch-size", "8", "--json",
        ]
        let events = try JSONText.lines(workshop.zoo(arguments).standardOutput)
        #expect(Set(events.compactMap { $0.string("event") }).isSuperset(of: ["data", "plan", "step", "epoch"]))
        let steps = events.filter { $0.string("event") == "step" }
        #expect(steps.count == 10)
        #expect(steps.allSatisfy { ($0.number("samplesPerSecond") ?? 0) > 0 })
        let result = try #require(events.last)
        #expect(result.string("version") == "base-sentiment@1")
        #expect(result.integer("stepsRun") == 10)
        #expect((result.number("samplesPerSecond") ?? 0) > 0)
        // A frozen encoder is not stored again.
        #expect((result.integer("newBytes") ?? .max) < 158_000)

        let again = try workshop.zoo(arguments.dropLast())
        #expect(again.standardOutput.contains("base-sentiment@1 already is this; nothing computed; --force repeats it"))
        let forced = try #require(try JSONText.lines(workshop.zoo(arguments + ["--force"]).standardOutput).last)
        #expect(forced.integer("stepsRun") == 10)
        #expect(forced.string("version") == "base-sentiment@1")
        #expect(forced.string("weightsDigest") == result.string("weightsDigest"))

        let evaluation = try workshop.json("evaluate", "base-sentiment", "--data", "reviews.csv")
        let accuracy = try #require(evaluation.number("metrics.accuracy.value"))
        #expect((0...1).contains(accuracy))
        #expect(evaluation.integer("rows") == 40)
        #expect(evaluation.integer("trainingOverlap") == 36)
        let lineage = try workshop.json("lineage", "base-sentiment@1")
        #expect(lineage.string("operation") == "finetune")
        #expect(lineage.string("parents.0.operation") == "pull")
        #expect(lineage.strings("parents.0.names") == ["base@1"])
        #expect(try workshop.done("lineage", "base-sentiment").contains("base@1"))
    }

    @Test func aNewNameIsSaid() throws {
        let workshop = try Workshop(.reviews)
        let arguments = [
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--freeze", "all", "--epochs", "1",
            "--name", "other",
        ]
        let first = try workshop.zoo(arguments)
        #expect(first.standardOutput.contains("other@1 is a new name of reviews@1, which already is this"))
        #expect(try workshop.zoo(arguments).standardOutput.contains("other@1 already is this; nothing computed"))
        let digest = try #require(try workshop.json("show", "other").string("version.digest"))
        #expect(try workshop.json("show", digest).strings("names") == ["other@1", "reviews@1"])
        #expect(try workshop.done("show", "other").contains("also called   reviews@1"))
    }

    @Test func whatIsDroppedIsSaidOnce() throws {
        let workshop = try Workshop(.base)
        let rows = try Sample.rows(40) + "a text of two minds,positive\na text of two minds,negative\n,positive\n"
        try workshop.write("rows.csv", rows)
        let command = ["finetune", "base", "--task", "sentiment", "--data", "rows.csv", "--dry-run"]
        let kept = try workshop.zoo(command).standardOutput
        #expect(kept.contains("43 rows, dropped: 1 without text\n"))
        #expect(kept.contains("2 rows whose text has contradicting labels (kept; --drop-conflicts drops them)"))
        let dropped = try workshop.zoo(command + ["--drop-conflicts", "--validation-data", "rows.csv"]).standardOutput
        #expect(dropped.contains("dropped: 1 without text, 2 with contradicting labels"))
        #expect(dropped.contains("2 rows whose text has contradicting labels (dropped)"))
        #expect(dropped.contains("2 validation rows whose text has contradicting labels (dropped)"))
        #expect(!dropped.contains("--drop-conflicts drops them"))
    }

    @Test func textsAreLabelled() throws {
        let workshop = try Workshop(.reviews)
        let one = try workshop.json("predict", "reviews", "a stirring, funny film")
        let label = try #require(one.string("label"))
        #expect(one.number("probabilities.\(label)") == one.number("probability"))
        let lines = try workshop.done("predict", "reviews", "-", input: "a stirring, funny film\nno\n")
        #expect(lines.split(separator: "\n").count == 2)
        #expect(lines.hasPrefix("\(label)\t"))
        try workshop.done("predict", "reviews", "--data", "reviews.csv", "-o", "labelled.csv")
        let written = try String(contentsOf: workshop.folder.appendingPathComponent("labelled.csv"), encoding: .utf8)
        let rows = written.split(whereSeparator: \.isNewline)
        #expect(rows.count == 41)
        #expect(rows.first == "text,label,probability,negative,neutral,positive,line")
        // A text's label does not depend on how it was given.
        let first = try #require(rows.dropFirst().first).split(separator: "\"")
        let alone = try workshop.json("predict", "reviews", String(first[0]))
        #expect(first[1].hasPrefix(",\(alone.string("label") ?? "?"),"))
    }

    @Test func withoutDataTheTasksOwnSampleIsUsed() throws {
        let workshop = try Workshop(.reviews)
        let evaluation = try workshop.json("evaluate", "reviews")
        #expect(evaluation.string("data")?.hasSuffix("sentiment/test.csv") == true)
        #expect(evaluation.integer("rows") == 200)
        #expect(evaluation.integer("trainingOverlap") == 0)
    }

    @Test func twoVersionsAreCompared() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done(
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--name", "reviews", "--freeze", "all",
            "--epochs", "3", "--lr", "0.01", "-q")
        let onData = try workshop.json("compare", "reviews@1", "reviews@2", "--data", "reviews.csv")
        let fixed = try #require(onData.integer("data.fixed"))
        let broken = try #require(onData.integer("data.broken"))
        let difference = try #require(onData.number("data.difference.value"))
        #expect(abs(difference - Double(fixed - broken) / 40) < 1e-9)
        let p = try #require(onData.number("data.mcNemarP"))
        #expect((0...1).contains(p))
        #expect(onData.string("data.verdict")?.isEmpty == false)
        let same = try workshop.json("compare", "reviews@1", "reviews@1", "--data", "reviews.csv")
        #expect(same.number("data.mcNemarP") == 1)
        #expect(same.string("data.verdict")?.contains("no evidence") == true)
        let onRecord = try workshop.json("compare", "reviews@1", "reviews@2")
        #expect(onRecord.keyPaths.contains("parameters.recipe.epochs.a"))
        #expect((onRecord.count("weights") ?? 0) > 0)
    }

    @Test func aTrainedVersionGoesOn() throws {
        let workshop = try Workshop(.reviews)
        let more = try workshop.json("show", "reviews")
        try workshop.write("more.csv", Sample.rows(60))
        let outcome = try workshop.zoo(
            "finetune", "reviews@1", "--data", "more.csv", "--freeze", "all", "--epochs", "1")
        #expect(outcome.status == 0)
        let next = try workshop.json("show", "reviews@2")
        #expect(next.strings("labels") == more.strings("labels"))
        #expect(next.strings("parents") == ["reviews@1"])
    }

    @Test(arguments: ["hub", "onnx"]) func anExportAppearsWhole(format: String) throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("tag", "reviews@1", "production")
        let result = try workshop.json("export", "reviews:production", "--to", format, "-o", "out")
        #expect(result.string("checks.0")?.isEmpty == false)
        #expect(workshop.has("out/config.json"))
        #expect(workshop.has("out/tokenizer.json"))
        #expect(workshop.has(format == "hub" ? "out/model.safetensors" : "out/model.onnx"))
        let before = try Data(contentsOf: workshop.folder.appendingPathComponent("out/config.json"))
        let second = try workshop.zoo("export", "reviews", "--to", format, "-o", "out")
        #expect(second.status == 2)
        #expect(second.standardError.contains("something is there already"))
        #expect(try Data(contentsOf: workshop.folder.appendingPathComponent("out/config.json")) == before)
        let names = try FileManager.default.contentsOfDirectory(atPath: workshop.folder.path)
        #expect(!names.contains { $0.hasPrefix(".out") || $0.hasSuffix(".tmp") })
    }

    @Test func whatOthersNeedStays() throws {
        let workshop = try Workshop(.reviews)
        #expect(try workshop.zoo("rm", "base").standardError.contains("derived from it is reviews@1"))
        try workshop.done("tag", "reviews", "production")
        #expect(try workshop.zoo("rm", "reviews@1").status == 2)
        try workshop.done(
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--name", "reviews", "--freeze", "all",
            "--epochs", "2", "-q")
        let moved = try workshop.json("tag", "reviews@2", "production")
        #expect(moved.string("previous") == "reviews@1")
        #expect(try workshop.json("rm", "reviews@1").strings("removed") == ["reviews@1"])
        let plan = try workshop.json("gc", "--dry-run")
        let unneeded = try #require(plan.integer("blobs"))
        #expect(unneeded > 0)
        let before = try workshop.listing()
        #expect(try workshop.json("gc", "--dry-run").integer("blobs") == unneeded)
        #expect(try workshop.listing() == before)
        #expect(try workshop.json("gc").integer("blobs") == unneeded)
        #expect(try workshop.json("gc").integer("blobs") == 0)
        #expect(try workshop.json("verify").count("problems") == 0)
        #expect(try workshop.zoo("show", "reviews@1").status == 3)
        try workshop.done("predict", "reviews:production", "it still works")
    }

    @Test func theIndexIsMadeAgain() throws {
        let workshop = try Workshop(.reviews)
        let list = try workshop.done("ls", "--json")
        for name in try FileManager.default.contentsOfDirectory(atPath: workshop.home.path)
        where name.hasPrefix("catalog.sqlite") {
            try FileManager.default.removeItem(at: workshop.home.appendingPathComponent(name))
        }
        #expect(try workshop.done("ls", "--json") == list)
        try workshop.done("verify", "--rebuild")
        #expect(try workshop.done("ls", "--json") == list)
    }

    @Test func whatWouldBeDoneIsSaidFirst() throws {
        let workshop = try Workshop(.base)
        let before = try workshop.listing()
        let plan = try workshop.done("finetune", "base", "--task", "sentiment", "--dry-run")
        #expect(plan.contains("the task's own sample data, samples/sentiment/train.csv"))
        #expect(plan.contains("kept       the training file becomes part of the version"))
        let other = try workshop.done(
            "finetune", "base", "--task", "sentiment", "--dry-run", "--store-data", "none", "--max-length", "1000",
            "--epochs", "1")
        #expect(other.contains("kept       only the digest of the training file (--store-data none)"))
        #expect(other.contains("recipe     1 epoch, "))
        #expect(other.contains("the model's own limit; 1000 was asked for"))
        let events = try workshop.zoo("finetune", "base", "--task", "sentiment", "--dry-run", "--json")
        #expect(try JSONText.lines(events.standardOutput).last?.keyPaths.contains("version") == false)
        #expect(try workshop.listing() == before)
        #expect(try workshop.json("runs").count() == 0)
    }
}
