/// Which rows each step trains on: all rows once an epoch, in an order that is a function of the seed and the epoch.
public struct BatchPlan: Sendable, Hashable {
    /// Rows to train on.
    public let rowCount: Int
    /// Rows a step; the last step of an epoch has what is left.
    public let batchSize: Int
    /// Decides the order.
    public let seed: Int

    /// Plans epochs over `rowCount` rows.
    public init(rowCount: Int, batchSize: Int, seed: Int) {
        precondition(rowCount >= 0 && batchSize > 0, "\(rowCount) rows in batches of \(batchSize)")
        self.rowCount = rowCount
        self.batchSize = batchSize
        self.seed = seed
    }

    /// Steps of an epoch.
    public var stepsPerEpoch: Int { (rowCount + batchSize - 1) / batchSize }

    /// The rows of `epoch` (from 0) in order: indices of rows.
    public func rows(epoch: Int) -> [Int] {
        var order = Array(0..<rowCount)
        var generator = CounterGenerator(
            key: UInt64(bitPattern: Int64(seed)), RandomPurpose.rowOrder.rawValue, UInt64(epoch))
        for last in stride(from: rowCount - 1, to: 0, by: -1) { order.swapAt(last, generator.next(below: last + 1)) }
        return order
    }

    /// Which of an epoch's rows step `step` (from 0) of it trains on.
    public func range(step: Int) -> Range<Int> { step * batchSize..<min((step + 1) * batchSize, rowCount) }

    /// The rows of `epoch`, step by step.
    public func batches(epoch: Int) -> [[Int]] {
        let rows = rows(epoch: epoch)
        return (0..<stepsPerEpoch).map { Array(rows[range(step: $0)]) }
    }
}
