import Foundation
import Testing

/// Versions made again from their lineage.
@Suite struct ReproduceTests {
    @Test func everyOperationIsMadeAgain() throws {
        let workshop = try Workshop(.reviews)
        let train = ["--data", "reviews.csv", "--freeze", "all", "--epochs", "1", "--seed", "5"]
        try workshop.done("convert", "base", "half", "--dtype", "bf16", "--metadata", "team=lab")
        try workshop.done(
            "slice", "half", "--layers", "0,2", "--ffn", "64", "--vocab-size", "2500", "--vocab-from", "reviews.csv",
            "--max-length", "32", "--dtype", "f32", "--name", "small")
        try workshop.write("test.csv", Sample.rows(60))
        let small = ["finetune", "small", "--task", "sentiment", "--name", "tiny", "--validation-data", "test.csv"]
        #expect(try workshop.zoo(small + train).status == 0)
        #expect(try workshop.zoo(["finetune", "reviews@1"] + train).status == 0)
        let pupil = ["finetune", "small", "--task", "sentiment", "--name", "pupil", "--teacher", "reviews@1"]
        #expect(try workshop.zoo(pupil + train).status == 0)
        try workshop.done("merge", "reviews@1", "reviews@2", "--weights", "0.3,0.7", "--name", "soup")
        try workshop.done(
            "merge", "reviews@2", "--method", "task-arithmetic", "--base", "reviews@1", "--name", "changed")
        try workshop.done("head", "base", "--from", "soup", "--name", "transplanted")
        try workshop.done("head", "transplanted", "--labels", "positive,neutral,negative", "--name", "turned")
        try workshop.done("head", "turned", "--drop", "--name", "bare")
        try workshop.done("head", "bare", "--task", "sentiment", "--labels", "no,yes", "--seed", "3", "--name", "fresh")
        let before = try workshop.listing()
        for (name, operations) in [
            ("base", ["pull"]), ("tiny", ["pull", "convert", "slice", "finetune"]),
            ("pupil", ["pull", "convert", "slice", "finetune", "finetune"]),
            ("changed", ["pull", "finetune", "finetune", "merge"]),
            ("fresh", ["pull", "finetune", "finetune", "merge", "head", "head", "head", "head"]),
        ] {
            let result = try workshop.json("reproduce", name)
            #expect(result.string("outcome") == "identical", "\(name)")
            #expect(result.count("steps") == operations.count, "\(name)")
            for (index, operation) in operations.enumerated() {
                #expect(result.string("steps.\(index).operation") == operation)
                #expect(result.string("steps.\(index).action") == "made", "\(name) \(operation)")
                #expect(result.bool("steps.\(index).identical") == true, "\(name) \(operation)")
            }
        }
        #expect(try workshop.listing() == before)
        #expect(try scratchFolders(workshop).isEmpty)
    }

    @Test func dataThatIsNotKeptIsAskedFor() throws {
        let workshop = try Workshop(.base)
        try workshop.done(
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--name", "reviews", "--freeze", "all",
            "--epochs", "1", "--store-data", "none")
        let alone = try workshop.zoo("reproduce", "reviews")
        #expect(alone.status == 1)
        #expect(alone.standardOutput.contains("is not kept; name the file with --input PATH"))
        try workshop.write("other.csv", Sample.rows(41))
        #expect(try workshop.zoo("reproduce", "reviews", "--input", "other.csv").status == 1)
        let given = try workshop.zoo("reproduce", "reviews", "--input", "other.csv", "--input", "reviews.csv")
        #expect(given.status == 0)
        #expect(given.standardOutput.contains("reviews@1 made again: identical"))
        // The sample that ships with the program needs neither.
        try workshop.done(
            "finetune", "base", "--task", "sentiment", "--name", "sample", "--freeze", "all", "--epochs", "1",
            "--store-data", "none")
        try workshop.done("reproduce", "sample")
    }

    @Test func filesFromOutsideAreAskedFor() throws {
        let workshop = try Workshop(.empty)
        try workshop.done("convert", Sample.compactBase.path, "half", "--dtype", "f16")
        #expect(try workshop.zoo("reproduce", "half").status == 1)
        try workshop.done("reproduce", "half", "--input", Sample.compactBase.path)
    }

    @Test func aModelThatNoMirrorHasIsTakenAsItIs() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("mirror", "remove", "lab")
        let result = try workshop.json("reproduce", "reviews")
        #expect(result.string("outcome") == "identical")
        #expect(result.string("steps.0.action") == "kept")
        #expect(result.string("steps.0.reason")?.contains("no mirror \"lab\"") == true)
        #expect(result.string("steps.1.action") == "made")
        let base = try workshop.zoo("reproduce", "base")
        #expect(base.status == 1)
        #expect(base.standardOutput.contains("base@1 cannot be made again: no mirror \"lab\""))
    }

    @Test func aMirrorThatHoldsSomethingElseIsSaid() throws {
        let workshop = try Workshop()
        let mirror = workshop.folder.appendingPathComponent("mirror")
        try FileManager.default.copyItem(at: Sample.mirror, to: mirror)
        try workshop.done("mirror", "add", "lab", mirror.path)
        try workshop.done("pull", "minilm-l3-compact", "--as", "base")
        try workshop.done("convert", "base", "half", "--dtype", "f16")
        let file = mirror.appendingPathComponent("minilm-l3-compact/config.json")
        try FileManager.default.removeItem(at: file)
        let text = try String(contentsOf: Sample.compactBase.appendingPathComponent("config.json"), encoding: .utf8)
        try Data((text + "\n").utf8).write(to: file)
        let result = try workshop.json("reproduce", "half")
        #expect(result.string("outcome") == "identical")
        #expect(result.string("steps.0.reason")?.contains("holds something else now: config.json") == true)
    }

    @Test func whatWasRemovedIsMissing() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("mirror", "remove", "lab")
        let base = try #require(try workshop.json("show", "base").string("version.digest")?.dropFirst(7))
        try FileManager.default.removeItem(at: workshop.home.appendingPathComponent("manifests/sha256/\(base)"))
        let result = try workshop.zoo("reproduce", "reviews", "--json")
        #expect(result.status == 1)
        let json = try JSONText(result.standardOutput)
        #expect(json.string("outcome") == "notPossible")
        #expect(json.string("steps.0.reason")?.contains("is not in the registry") == true)
    }

    @Test func aVersionThatIsNotWhatItsLineageSaysDiffers() throws {
        let workshop = try Workshop(.base)
        try workshop.done("convert", "base", "half", "--dtype", "f16")
        try forge(workshop, "half", as: "forged") {
            $0.replacingOccurrences(of: "\"dtype\":\"F16\"", with: "\"dtype\":\"BF16\"")
        }
        try workshop.done("convert", "forged", "after", "--dtype", "f32")
        let outcome = try workshop.zoo("reproduce", "after", "--json")
        #expect(outcome.status == 1)
        let result = try JSONText(outcome.standardOutput)
        #expect(result.string("outcome") == "differs")
        #expect(result.count("steps") == 2)
        #expect(result.strings("steps.1.names") == ["forged@1"])
        #expect(result.string("steps.1.differingFiles.0") == "model.safetensors")
        #expect(result.string("steps.1.firstDifference.tensor")?.isEmpty == false)
        #expect(result.string("steps.1.firstDifference.reason")?.contains("recorded as") == true)
        let text = try workshop.zoo("reproduce", "after")
        #expect(text.standardOutput.contains("after@1 made again: differs, first in forged@1"))
    }

    @Test func anotherNumericsVersionIsMeasured() throws {
        let workshop = try Workshop(.reviews)
        try forge(workshop, "reviews", as: "older") { text in
            text.replacing(#/"numericsVersion":\d+/#, with: "\"numericsVersion\":1")
                .replacing(#/"weightsDigest":"[0-9a-f]{64}"/#) { _ in
                    "\"weightsDigest\":\"\(String(repeating: "0", count: 64))\""
                }
        }
        let outcome = try workshop.zoo("reproduce", "older", "--json")
        // The weights are the same after all, but for the digest that was falsified: no tensor differs.
        #expect(outcome.status == 0)
        let result = try JSONText(outcome.standardOutput)
        #expect(result.string("outcome") == "identical")
    }

    @Test func otherKernelsAreNamed() throws {
        let workshop = try Workshop(.base)
        let trained = try workshop.zoo(
            [
                "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--name", "reviews", "--epochs",
                "1",
                "-q",
            ], environment: ["DNNL_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "Haswell"])
        #expect(trained.status == 0)
        let outcome = try workshop.zoo("reproduce", "reviews", "--json")
        #expect(outcome.status == 0)
        let result = try JSONText(outcome.standardOutput)
        #expect(["identical", "withinBound"].contains(result.string("outcome")))
        if result.string("outcome") == "withinBound" {
            #expect(result.string("steps.1.reason")?.contains("made on other kernels") == true)
            #expect(try #require(result.number("steps.1.largestDifference.relative")) <= 0.01)
            #expect(try workshop.zoo("reproduce", "reviews", "--bound", "0").status == 1)
        }
    }

    @Test func aKillLeavesNothingThatCounts() throws {
        let workshop = try Workshop(.base)
        try workshop.done(
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--name", "reviews", "--epochs", "8",
            "-q")
        let before = try workshop.listing()
        let running = try ZooProcess(["reproduce", "reviews"], home: workshop.home, folder: workshop.folder)
        // The pull is done, training is under way.
        try #require(try running.wait(for: "base@1"))
        running.send(SIGKILL)
        #expect(try running.finish().status == 128 + SIGKILL)
        #expect(try workshop.listing() == before)
        #expect(try scratchFolders(workshop).count == 1)
        try workshop.done("verify")
        try workshop.done("gc")
        #expect(try scratchFolders(workshop).isEmpty)

        let stopped = try ZooProcess(["reproduce", "reviews"], home: workshop.home, folder: workshop.folder)
        try #require(try stopped.wait(for: "base@1"))
        // What a living process needs stays.
        try workshop.done("gc")
        stopped.send(SIGINT)
        let outcome = try stopped.finish()
        #expect(outcome.status == 130)
        #expect(outcome.standardError.contains("nothing was kept"))
        #expect(try scratchFolders(workshop).isEmpty)
        #expect(try workshop.listing() == before)
        try workshop.done("reproduce", "reviews")
    }

    @Test func aDamagedParentIsAnError() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("mirror", "remove", "lab")
        let digest = try workshop.damageLargestBlob()
        try BadInputTests.check(
            BadInput("damaged", "reproduce reviews -q", 5, "needs blob \(digest.prefix(12))"), in: workshop)
    }

    /// Digests are in the manifest: what they tell needs no byte of what was recorded.
    @Test func whatIsLostIsNotMissed() throws {
        let workshop = try Workshop(.reviews)
        let shared = Set(try blobs(workshop, "base"))
        let own = try blobs(workshop, "reviews").filter { !shared.contains($0) }
        for blob in own { try FileManager.default.removeItem(at: blob) }
        #expect(try workshop.zoo("verify", "reviews").status == 5)
        let result = try workshop.json("reproduce", "reviews")
        #expect(result.string("outcome") == "identical")
        #expect(result.string("steps.1.action") == "made")
        // What the mirror has is fetched from there, whatever became of it here.
        let largest = try workshop.damageLargestBlob()
        try FileManager.default.removeItem(at: try #require(shared.first { $0.lastPathComponent == largest }))
        let again = try workshop.json("reproduce", "reviews")
        #expect(again.string("outcome") == "identical")
        #expect(again.string("steps.0.action") == "made")
        // Nobody has it any more: nothing can be made of it.
        try workshop.done("mirror", "remove", "lab")
        let outcome = try workshop.zoo("reproduce", "reviews", "--json")
        #expect(outcome.status == 1)
        #expect(try JSONText(outcome.standardOutput).string("outcome") == "notPossible")
        #expect(try JSONText(outcome.standardOutput).string("steps.0.action") == "missing")
    }

    @Test func whatIsNeededAndLostIsSaidFirst() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("slice", "base", "--layers", "0", "--name", "part")
        let shared = Set(try blobs(workshop, "base"))
        let data = try #require(try blobs(workshop, "reviews", "attachments").first)
        let unit = try #require(try blobs(workshop, "part").first { !shared.contains($0) })
        for (name, blob) in [("reviews", data), ("part", unit)] {
            try FileManager.default.removeItem(at: blob)
            let outcome = try workshop.zoo("reproduce", name)
            #expect(outcome.status == 5)
            #expect(outcome.standardOutput.isEmpty)
            #expect(outcome.standardError.contains("needs blob \(blob.lastPathComponent.prefix(12))"))
            #expect(outcome.standardError.contains("is missing"))
        }
        #expect(try workshop.zoo("reproduce", "reviews", "--input", "reviews.csv").status == 0)
    }

    @Test func whatDiffersFromBytesThatAreLostIsSaid() throws {
        let workshop = try Workshop(.base)
        try workshop.done("convert", "base", "half", "--dtype", "bf16")
        try forge(workshop, "half", as: "forged") {
            $0.replacingOccurrences(of: "\"dtype\":\"BF16\"", with: "\"dtype\":\"F32\"")
                .replacing(#/"kernelSet":"[^"]*"/#, with: "\"kernelSet\":\"another\"")
        }
        let shared = Set(try blobs(workshop, "base"))
        let own = try #require(try blobs(workshop, "half").last { !shared.contains($0) })
        try FileManager.default.removeItem(at: own)
        let outcome = try workshop.zoo("reproduce", "forged", "--json")
        #expect(outcome.status == 1)
        let result = try JSONText(outcome.standardOutput)
        #expect(result.string("outcome") == "differs")
        #expect(result.string("steps.1.differingFiles.0") == "model.safetensors")
        let reason = try #require(result.string("steps.1.reason"))
        #expect(reason.contains("by how much it differs cannot be told: ") && reason.contains("is missing"))
    }

    @Test func itsOptionsAreChecked() throws {
        let workshop = try Workshop(.reviews)
        for bad in [
            BadInput("a bound below zero", "reproduce reviews --bound=-1", 2, "--bound is a number from 0 on"),
            BadInput("an input that is not there", "reproduce reviews --input nothing.csv", 3, "nothing.csv"),
            BadInput("an unknown version", "reproduce reviews@7", 3, "no version 7"),
        ] { try BadInputTests.check(bad, in: workshop) }
    }

    private func scratchFolders(_ workshop: Workshop) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: workshop.home.appendingPathComponent("cache").path)
            .filter { $0.contains("scratch") }
    }

    /// The files of a version's blobs.
    private func blobs(_ workshop: Workshop, _ name: String, _ member: String = "files") throws -> [URL] {
        let digest = try #require(try workshop.json("show", name).string("version.digest")?.dropFirst(7))
        let manifest = workshop.home.appendingPathComponent("manifests/sha256/\(digest)")
        let json = try JSONText(String(decoding: try Data(contentsOf: manifest), as: UTF8.self))
        let count = try #require(json.count(member))
        return (0..<count).flatMap { file in
            (0..<(json.count("\(member).\(file).segments") ?? 0)).compactMap { index in
                json.string("\(member).\(file).segments.\(index).0").map { hex in
                    workshop.home.appendingPathComponent("blobs/sha256/\(hex.prefix(2))/\(hex)")
                }
            }
        }
    }

    /// Writes a version as if somebody had made it so.
    private func forge(_ workshop: Workshop, _ name: String, as forged: String, _ change: (String) -> String) throws {
        let digest = try #require(try workshop.json("show", name).string("version.digest")?.dropFirst(7))
        let folder = workshop.home.appendingPathComponent("manifests/sha256")
        let text = change(try String(contentsOf: folder.appendingPathComponent(String(digest)), encoding: .utf8))
        let file = workshop.folder.appendingPathComponent("forged")
        try Data(text.utf8).write(to: file)
        let sum = try ZooProcess(
            ["-c", "sha256sum forged"], executable: URL(fileURLWithPath: "/bin/sh"), home: workshop.home,
            folder: workshop.folder
        ).finish().standardOutput.prefix(64)
        try FileManager.default.moveItem(at: file, to: folder.appendingPathComponent(String(sum)))
        let versions = workshop.home.appendingPathComponent("refs/\(forged)/versions")
        try FileManager.default.createDirectory(at: versions, withIntermediateDirectories: true)
        try Data("sha256:\(sum)\n".utf8).write(to: versions.appendingPathComponent("1"))
    }
}
