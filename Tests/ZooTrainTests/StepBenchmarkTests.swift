import Testing
import ZooTensor
import ZooTrain

@Suite struct StepBenchmarkTests {
    @Test func stepsAreMeasured() throws {
        let bench = try StepBenchmark.run(threads: 2, precision: .f32, steps: 1)
        #expect(bench.stepCount == 1 && bench.rowCount == 32)
        #expect((32 * 10...32 * 37).contains(bench.tokenCount))
        #expect(bench.seconds > 0 && bench.flops > 6e7 * Double(bench.tokenCount))
    }
}
