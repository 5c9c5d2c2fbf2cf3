import Testing
import ZooTrain

@Suite struct BatchPlanTests {
    @Test(arguments: [1, 2, 7, 32, 33, 100], [1, 8, 32])
    func everyRowComesOnceAnEpoch(rows: Int, size: Int) {
        let plan = BatchPlan(rowCount: rows, batchSize: size, seed: 42)
        for epoch in 0..<3 {
            let batches = plan.batches(epoch: epoch)
            #expect(batches.count == plan.stepsPerEpoch)
            #expect(batches.dropLast().allSatisfy { $0.count == size })
            #expect(batches.joined().sorted() == Array(0..<rows))
        }
    }

    @Test func theOrderIsAFunctionOfSeedAndEpoch() {
        let plan = BatchPlan(rowCount: 100, batchSize: 10, seed: 1)
        #expect(plan.batches(epoch: 2) == BatchPlan(rowCount: 100, batchSize: 10, seed: 1).batches(epoch: 2))
        #expect(plan.batches(epoch: 0) != plan.batches(epoch: 1))
        #expect(plan.batches(epoch: 0) != BatchPlan(rowCount: 100, batchSize: 10, seed: 2).batches(epoch: 0))
        // The size of the batches does not change the order.
        let other = BatchPlan(rowCount: 100, batchSize: 7, seed: 1)
        #expect(Array(plan.batches(epoch: 0).joined()) == Array(other.batches(epoch: 0).joined()))
    }

    @Test func everyOrderIsAsLikelyAsTheOthers() {
        var counts: [[Int]: Int] = [:]
        for epoch in 0..<6000 {
            counts[BatchPlan(rowCount: 3, batchSize: 3, seed: 9).batches(epoch: epoch)[0], default: 0] += 1
        }
        #expect(counts.count == 6)
        // Chi squared with 5 degrees of freedom exceeds 20.5 once in a thousand times.
        #expect(counts.values.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 } < 20.5)
    }
}
