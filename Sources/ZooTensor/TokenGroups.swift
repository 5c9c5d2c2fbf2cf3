/// The tokens of a batch by the row of a table that they read, in memory kept from step to step.
final class TokenGroups {
    /// The rows that some token reads, in ascending order.
    private(set) var rows: [UInt32] = []
    /// Where the tokens of each of them begin in `order`, and after the last the end.
    private var starts: [Int] = []
    /// Tokens by their rows, those of a row in ascending order.
    private var order: [UInt32] = []
    /// A bit for each row of the table: whether a token reads it; all clear between calls.
    private var isRead: [UInt64] = []
    /// For each row that is read its place in `rows`; for others anything.
    private var places: [UInt32] = []
    /// For each group, where its next token goes in `order`.
    private var next: [Int] = []

    /// Number of rows that are read.
    var count: Int { rows.count }

    /// The tokens of group `index`; valid until `group` is called again.
    subscript(_ index: Int) -> UnsafeBufferPointer<UInt32> {
        order.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[starts[index]..<starts[index + 1]]) }
    }

    /// Memory for the tokens of a pass.
    func reserve(_ size: PassSize) {
        rows.reserveCapacity(size.tokens)
        starts.reserveCapacity(size.tokens + 1)
        order.reserveCapacity(size.tokens)
        next.reserveCapacity(size.tokens)
    }

    /// Groups tokens by the rows they read, of a table with `rowCount` rows; those that read `excluded` are left out.
    func group(_ rowOfToken: [UInt32], of rowCount: Int, except excluded: UInt32?) {
        if places.count < rowCount {
            places = [UInt32](repeating: 0, count: rowCount)
            isRead = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
        }
        for row in rowOfToken where row != excluded { isRead[Int(row / 64)] |= 1 << (row % 64) }
        rows.removeAll(keepingCapacity: true)
        for word in 0..<(rowCount + 63) / 64 {
            while isRead[word] != 0 {
                let row = word * 64 + isRead[word].trailingZeroBitCount
                isRead[word] &= isRead[word] - 1
                places[row] = UInt32(rows.count)
                rows.append(UInt32(row))
            }
        }
        divide(rowOfToken, except: excluded)
    }

    /// A counting sort of the tokens by the places of their rows.
    private func divide(_ rowOfToken: [UInt32], except excluded: UInt32?) {
        next.removeAll(keepingCapacity: true)
        next.append(contentsOf: repeatElement(0, count: rows.count))
        for row in rowOfToken where row != excluded { next[Int(places[Int(row)])] += 1 }
        starts.removeAll(keepingCapacity: true)
        var start = 0
        for group in rows.indices {
            starts.append(start)
            start += next[group]
            next[group] = starts[group]
        }
        starts.append(start)
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: repeatElement(0, count: start))
        for (token, row) in rowOfToken.enumerated() where row != excluded {
            let group = Int(places[Int(row)])
            order[next[group]] = UInt32(token)
            next[group] += 1
        }
    }
}
