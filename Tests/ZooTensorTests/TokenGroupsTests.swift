import Testing
import ZooBase

@testable import ZooTensor

/// Rows of tables that tokens read, against sorting and dictionaries.
@Suite struct TokenGroupsTests {
    @Test func tokensAreGroupedByTheirRows() {
        let groups = TokenGroups()
        var state: UInt64 = 1
        func next(below bound: Int) -> UInt32 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32((state >> 33) % UInt64(bound))
        }
        for (tokens, rowCount) in [(1, 1), (5, 2), (64, 64), (700, 30522), (300, 65), (0, 10), (2, 30522)] {
            let rowOfToken = (0..<tokens).map { _ in next(below: rowCount) }
            for padding in [nil, rowOfToken.first, UInt32(rowCount) - 1] {
                groups.group(rowOfToken, of: rowCount, except: padding)
                let expected = Dictionary(grouping: 0..<UInt32(tokens)) { rowOfToken[Int($0)] }
                    .filter { $0.key != padding }.sorted { $0.key < $1.key }
                #expect(groups.rows == expected.map(\.key))
                #expect(groups.count == expected.count)
                for (index, group) in expected.enumerated() { #expect(Array(groups[index]) == group.value) }
            }
        }
    }

    @Test(arguments: [[], [4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [2, 5, 9]])
    func rowsOfAFurtherPartAreAdded(rows: [UInt32]) {
        for first: [UInt32] in [[], [0], [9], [2, 3, 5], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] {
            let table = parameter("table", [10, 3], seed: 1)
            let (own, further) = (samples(first.count * 3, seed: 2), samples(rows.count * 3, seed: 3))
            _ = table.rowGradientMemory().elements.update(fromContentsOf: own)
            table.setRowGradient(first)
            let sums = Buffer(zeros: further.count)
            _ = sums.elements.update(fromContentsOf: further)
            table.addRowGradient(rows, sums)
            var expected = [Float](repeating: 0, count: 30)
            for (rows, sums) in [(first, own), (rows, further)] {
                for (place, row) in rows.enumerated() {
                    for column in 0..<3 { expected[Int(row) * 3 + column] += sums[place * 3 + column] }
                }
            }
            #expect(table.gradientElements == expected)
            guard case .rows(let all, _) = table.gradient else {
                Issue.record("no gradient by rows")
                continue
            }
            #expect(all == Set(first + rows).sorted())
        }
    }
}
