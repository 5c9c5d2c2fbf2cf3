import Foundation
import Testing

/// Training runs that did not finish.
@Suite struct RunTests {
    @Test func aRunBelongsToItsProcessAndItsData() throws {
        let workshop = try Workshop(.base)
        let arguments = [
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--epochs", "40", "--json",
        ]
        let running = try ZooProcess(arguments, home: workshop.home, folder: workshop.folder)
        try #require(try running.wait(for: "\"step\":1,"))
        let run = try #require(try workshop.json("runs").string("0.run"))
        #expect(try workshop.zoo("runs", "rm", run).status == 6)
        #expect(try workshop.zoo("finetune", "--resume", run).status == 6)
        running.send(SIGINT)
        let stopped = try running.finish()
        #expect(stopped.status == 130)
        #expect(stopped.standardError.contains("zoo finetune --resume \(run)"))
        #expect(try workshop.json("ls").count() == 1)
        // What a run needs is not garbage.
        try workshop.done("gc")
        #expect(try workshop.json("runs").string("0.state") == "interrupted")

        try workshop.write("reviews.csv", Sample.rows(41))
        let changed = try workshop.zoo("finetune", "--resume", run, "-q")
        #expect(changed.status == 4)
        #expect(changed.standardError.contains("reviews.csv"))
        #expect(try workshop.json("runs", "rm", run).keyPaths.isEmpty == false)
        #expect(try workshop.json("runs").count() == 0)
    }

    @Test func aRunThatWasKilledVerifiesAndGoesOn() throws {
        let workshop = try Workshop(.base)
        let arguments = [
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--epochs", "40", "--json",
        ]
        let running = try ZooProcess(arguments, home: workshop.home, folder: workshop.folder)
        // The state is saved after each epoch: now that of the first is there.
        try #require(try running.wait(for: "\"event\":\"epoch\",\"epoch\":2,"))
        running.send(SIGKILL)
        #expect(try running.finish().status == 128 + SIGKILL)
        let run = try #require(try workshop.json("runs").string("0.run"))
        let state = workshop.home.appendingPathComponent("runs/\(run)/state")
        try workshop.done("verify")

        let good = try Data(contentsOf: state)
        var bytes = good
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: state)
        let damaged = try workshop.zoo("verify")
        #expect(damaged.status == 5)
        #expect(damaged.standardOutput.contains("runs/\(run)/state: its bytes do not match their checksum"))
        #expect(try workshop.zoo("finetune", "--resume", run, "-q").status == 5)
        try good.write(to: state)
        try workshop.done("finetune", "--resume", run, "-q")
        try workshop.done("verify")
    }

    @Test func aRunInAPipeThatClosesEndsQuietly() throws {
        let workshop = try Workshop(.reviews)
        let outcome = try ZooProcess(
            ["-c", "\"\(ZooProcess.binary.path)\" --generate-completion-script bash | head -1"],
            executable: URL(fileURLWithPath: "/bin/sh"), home: workshop.home, folder: workshop.folder
        ).finish()
        #expect(outcome.status == 0)
        #expect(outcome.standardError.isEmpty)
    }
}
