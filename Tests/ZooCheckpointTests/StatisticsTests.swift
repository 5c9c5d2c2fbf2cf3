import Testing
import ZooBase
import ZooCheckpoint

@Suite struct StatisticsTests {
    @Test func describesFiniteValues() throws {
        let values: [Float] = [1, 2, 3, 4, .nan, .infinity, -.infinity, 0, -0.0, -10]
        let statistics = try #require(TensorStatistics(TensorView("x", .f32, values)))
        #expect(statistics.count == 10 && statistics.nanCount == 1 && statistics.infiniteCount == 2)
        #expect(statistics.zeroCount == 2 && statistics.minimum == -10 && statistics.maximum == 4)
        #expect(statistics.mean == 0)
        #expect(abs(statistics.standardDeviation - (130.0 / 7).squareRoot()) < 1e-12)
    }

    @Test func manyBlocks() throws {
        let statistics = try #require(TensorStatistics(TensorView("x", .i32, (0..<10_001).map { Int32($0) })))
        #expect(statistics.mean == 5000 && statistics.maximum == 10_000)
        #expect(abs(statistics.standardDeviation - (Double(10_001 * 10_001 - 1) / 12).squareRoot()) < 1e-9)
    }

    @Test func nothingToDescribe() throws {
        let statistics = try #require(TensorStatistics(TensorView("x", .f32, [] as [Float])))
        #expect(statistics.mean.isNaN && statistics.minimum.isNaN && statistics.json["mean"]?.text() == "null")
        #expect(TensorStatistics(TensorView("x", .f8e5m2, [0] as [UInt8])) == nil)
    }
}
