import Foundation
import Testing

/// What a registry keeps, what goes, and what is said of it.
@Suite struct KeepingTests {
    @Test func aSearchWithoutMirrorsSaysHowToAddOne() throws {
        let workshop = try Workshop()
        #expect(try workshop.done("search", "x").contains("zoo mirror add NAME FOLDER-OR-URL"))
        try FileManager.default.createDirectory(
            at: workshop.folder.appendingPathComponent("models"), withIntermediateDirectories: true)
        try workshop.done("mirror", "add", "lab", "./models")
        #expect(try workshop.done("search") == "the mirrors hold no model\n")
        #expect(try workshop.done("search", "x").hasPrefix("no model matches"))
    }

    @Test func anInterruptedPullIsKeptForADay() throws {
        let workshop = try Workshop(.base)
        #expect(try workshop.done("gc").hasPrefix("nothing to remove"))
        for (path, count) in [("partial/abc", 5), ("cache", 7)] {
            let folder = workshop.home.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(repeating: 1, count: count).write(to: folder.appendingPathComponent("0"))
        }
        let plan = try workshop.json("gc", "--dry-run")
        #expect(plan.integer("interruptedPulls") == 0 && plan.integer("cacheBytes") == 7)
        #expect(plan.string("kept.0.kind") == "partial" && plan.integer("kept.0.bytes") == 5)
        let use = try workshop.done("du")
        #expect(use.contains("`zoo gc` would free 7 B") && use.contains("kept 1 interrupted pull, 5 B"))
        let collected = try workshop.done("gc")
        #expect(collected.contains("removed cache, 7 B: 7 B\n"))
        #expect(collected.contains("kept 1 interrupted pull, 5 B, less than a day old; `zoo gc --with-partial`"))
        #expect(try workshop.done("gc", "--with-partial").contains("removed 1 interrupted pull, 5 B: 5 B\n"))
        #expect(try workshop.done("gc") == "nothing to remove\n")
    }

    @Test func whatOnlyARunKeepsIsSaid() throws {
        let workshop = try Workshop(.base)
        let running = try ZooProcess(
            ["finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--epochs", "40", "--json"],
            home: workshop.home, folder: workshop.folder)
        try #require(try running.wait(for: "\"step\":1,"))
        running.send(SIGINT)
        #expect(try running.finish().status == 130)
        let run = try #require(try workshop.json("runs").string("0.run"))
        let removed = try workshop.done("rm", "base")
        #expect(removed.contains("the run \(run) starts from base@1 and keeps its bytes"))
        #expect(removed.contains("`zoo runs rm \(run)`"))
        for verb in [["du"], ["gc"], ["gc", "--dry-run"]] {
            let said = try workshop.zoo(verb).standardOutput
            #expect(said.contains("the run \(run) keeps 15."), "\(verb): \(said)")
            #expect(said.contains("`zoo runs rm \(run)` gives it up"))
        }
        #expect(try workshop.json("du").string("kept.0.path") == "runs/\(run)")
        try workshop.done("runs", "rm", run)
        #expect(try workshop.json("gc").integer("blobs") ?? 0 > 0)
        #expect(try workshop.json("du").integer("unneeded") == 0)
    }

    @Test func whatWasComputedIsSetAsideAndItsMakingNamed() throws {
        let workshop = try Workshop(.reviews)
        let base = try Workshop(.base)
        let blobs = { (home: URL) in
            Set(
                try FileManager.default.subpathsOfDirectory(atPath: home.appendingPathComponent("blobs/sha256").path)
                    .filter { $0.contains("/") })
        }
        // One of the head's, and one that came from the mirror.
        let computed = try #require(try blobs(workshop.home).subtracting(blobs(base.home)).min())
        let file = workshop.home.appendingPathComponent("blobs/sha256/\(computed)")
        try FileManager.default.removeItem(at: file)
        try Data("damaged".utf8).write(to: file)
        let pulled = try workshop.damageLargestBlob()
        let healed = try workshop.zoo("verify", "--heal")
        #expect(healed.status == 5)
        let name = computed.split(separator: "/").joined(separator: "-")
        #expect(healed.standardOutput.contains("\(computed): set aside in quarantine/blobs-sha256-\(name)\n"))
        #expect(healed.standardOutput.contains("\(pulled): set aside in quarantine/"))
        #expect(healed.standardOutput.contains("\(pulled), and is right again\n"))
        #expect(healed.standardOutput.contains("`zoo lineage reviews@1` tells how reviews@1 was made"))
        #expect(!healed.standardOutput.contains("lineage base@1"))

        let digest = try #require(try workshop.json("show", "reviews").string("version.digest"))
        let manifest = workshop.home.appendingPathComponent("manifests/sha256/\(digest.dropFirst(7))")
        try FileManager.default.removeItem(at: manifest)
        let lost = try workshop.zoo("verify", "--heal")
        #expect(lost.standardOutput.contains("the manifest of reviews@1 is lost"))
        #expect(!lost.standardOutput.contains("zoo lineage"))
    }

    @Test func aPartOfAModelIsSaidToBeOne() throws {
        let workshop = try Workshop(.base)
        let part = try workshop.done("pull", "minilm-l3-compact", "--as", "base", "--only", "*.json")
        let all = try #require(try workshop.json("show", "base@1").count("files"))
        let taken = try #require(try workshop.json("show", "base@2").count("files"))
        #expect(taken < all)
        #expect(part.contains("a part: \(taken) of \(all) files; base alone now means this part\n"))
        let again = try workshop.json("pull", "minilm-l3-compact", "--as", "base", "--only", "*.json", "--force")
        #expect(again.integer("offeredFiles") == all)
        #expect(try workshop.json("pull", "minilm-l3-compact", "--as", "base").string("latest") == "base@2")
    }
}
