import Foundation
import Testing

/// The same command gives the same weights: on one thread and on two, stopped and resumed, killed and resumed.
///
/// Every run has its own registry, so that none can be answered from memory.
@Suite struct DeterminismTests {
    /// What happens to a run before it ends.
    enum Fate {
        case undisturbed, interrupted, killed
    }

    private static let stepCount = 50

    @Test func theSameCommandGivesTheSameWeights() throws {
        #expect(try Self.weights(threads: 1, .undisturbed) == Self.undisturbed.get())
    }

    @Test func anInterruptedRunGoesOnAsIfNothingHappened() throws {
        #expect(try Self.weights(threads: 2, .interrupted) == Self.undisturbed.get())
    }

    @Test func aKilledRunGoesOnFromItsLastCheckpoint() throws {
        #expect(try Self.weights(threads: 1, .killed) == Self.undisturbed.get())
    }

    @Test func anotherKernelChoiceIsAsReproducible() throws {
        let haswell = ["OPENBLAS_CORETYPE": "Haswell"]
        #expect(
            try Self.weights(threads: 2, .undisturbed, haswell) == Self.weights(threads: 1, .killed, haswell))
    }

    private static let undisturbed = Result { try weights(threads: 2, .undisturbed) }

    /// Fine-tunes every layer of the compact base on rows of mixed length with dropout and returns the weights digest.
    private static func weights(
        threads: Int, _ fate: Fate, _ environment: [String: String] = [:]
    ) throws -> String {
        let workshop = try Workshop(.base)
        // 110 rows, of which 11 validate: two epochs of 25 steps.
        try workshop.write("mixed.csv", Sample.rows(110))
        let running = try ZooProcess(
            [
                "finetune", "base", "--task", "sentiment", "--data", "mixed.csv", "--epochs", "2", "--batch-size", "4",
                "--max-length", "32", "--dropout", "0.1", "--seed", "7", "--threads", "\(threads)", "--json",
            ], home: workshop.home, folder: workshop.folder, environment: environment)
        switch fate {
        case .undisturbed: break
        case .interrupted:
            try #require(try running.wait(for: "\"step\":12,"))
            running.send(SIGINT)
        case .killed:
            // The run was saved after the first epoch, so the steps since then have to be taken again.
            try #require(try running.wait(for: "\"step\":33,"))
            running.send(SIGKILL)
        }
        var outcome = try running.finish()
        var taken = try steps(outcome)
        if fate != .undisturbed {
            #expect(outcome.status == (fate == .interrupted ? 130 : 128 + SIGKILL))
            let runs = try workshop.json("runs", "list")
            let run = try #require(runs.string("0.run"))
            let reached = try #require(taken.max())
            outcome = try workshop.zoo("finetune", "--resume", run, "--json", environment: environment)
            let resumed = try steps(outcome)
            let first = try #require(resumed.first)
            #expect(fate == .interrupted ? first == reached + 1 : first > 1 && first <= reached)
            taken = taken.filter { $0 < first } + resumed
        }
        try #require(outcome.status == 0, "\(outcome.standardError)")
        #expect(taken == Array(1...stepCount))
        let result = try #require(try JSONText.lines(outcome.standardOutput).last)
        #expect(result.bool("alreadyExisted") == false)
        #expect(try workshop.json("runs", "list").count() == 0)
        return try #require(result.string("weightsDigest"))
    }

    private static func steps(_ outcome: Outcome) throws -> [Int] {
        // A killed run may leave half a line.
        let lines = outcome.standardOutput.split(separator: "\n")
        return try lines.filter { $0.hasPrefix("{\"event\":\"step\"") && $0.last == "}" }
            .compactMap { try JSONText(String($0)).integer("step") }
    }
}
