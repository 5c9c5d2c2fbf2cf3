import CKernels
import Testing
import ZooBase

@testable import ZooTensor

/// A float32 as the nearest bfloat16, ties to even, widened again; subnormal numbers as zero.
private func rounded(_ value: Float) -> Float {
    if value.isSubnormal { return Float(signOf: value, magnitudeOf: 0) }
    if !value.isFinite { return value }
    let bits = value.bitPattern
    return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}

extension Product {
    /// What the processor's instruction does, one number at a time.
    func reference(accumulates: Bool) -> [Float] {
        let (a, b) = (a.map(rounded), b.map(rounded))
        func flushed(_ value: Float) -> Float { value.isSubnormal ? Float(signOf: value, magnitudeOf: 0) : value }
        return (0..<rows).flatMap { row in
            (0..<columns).map { column in
                var sum = accumulates ? flushed(start[row * columns + column]) : 0
                for first in stride(from: 0, to: depth, by: 2) {
                    let (left, right) = (row * depth + first, column * depth + first)
                    let isWhole = first + 1 < depth
                    sum = flushed(sum.addingProduct(isWhole ? a[left + 1] : 0, isWhole ? b[right + 1] : 0))
                    sum = flushed(sum.addingProduct(a[left], b[right]))
                }
                return sum + bias[column]
            }
        }
    }

    /// Sums of numbers of all sizes, subnormal ones among them.
    static var extremes: [Float] {
        var pairs = [Float](repeating: 0, count: 24), panels = [Float](repeating: 0, count: 24 * Int(CK_PANEL))
        let left = samples(48, seed: 3).enumerated().map { $1 * Float(sign: .plus, exponent: -63 - $0, significand: 1) }
        let right = samples(48 * 48, seed: 4).enumerated().map {
            $1 * Float(sign: .plus, exponent: -64 + $0 % 30, significand: 1)
        }
        ck_pair_rows(&pairs, left, 1, 48)
        ck_pack_pairs(&panels, right, 48, 48, 48, 24)
        var sums = [Float](repeating: 0x1p-140, count: 48)
        ck_product_pairs(&sums, 48, pairs, 24, panels, nil, 1, 48, 24, 1)
        return sums
    }
}

@Suite struct PrecisionTests {
    @Test func elementsAreRoundedToNearestEven() {
        let x: [Float] = [
            1, 1 + 0x1p-8, 1 + 3 * 0x1p-8, .infinity, -.infinity, .nan, -0.0, Float(bitPattern: 0x0040_0000),
            Float(bitPattern: 0x807f_ffff), 0x1.ffp127,
            .greatestFiniteMagnitude,
        ]
        var pairs = [Float](repeating: 0, count: 7)
        pairs[6] = 7
        ck_pair_rows(&pairs, x, 1, x.count)
        let found = pairs[..<6].flatMap { [UInt16(truncatingIfNeeded: $0.bitPattern), UInt16($0.bitPattern >> 16)] }
        #expect(found[..<5] == [0x3f80, 0x3f80, 0x3f82, 0x7f80, 0xff80])
        #expect(found[5] & 0x7fc0 == 0x7fc0)
        #expect(found[6...] == [0x8000, 0, 0x8000, 0x7f80, 0x7f80, 0] && pairs[6] == 7)
    }

    @Test func productsOfAllSmallShapesMatchTheReferenceInEveryBit() {
        for rows in Array(1...18) + [47, 49] {
            for columns in [1, 2, 15, 16, 17, 33, 47, 48, 49, 65, 97] {
                for depth in [1, 2, 3, 16, 17, 31, 32, 33, 35] {
                    let product = Product(
                        rows: rows, columns: columns, depth: depth, seed: UInt64(rows * columns), precision: .bf16)
                    let isOdd = (rows + columns + depth / 2) % 2 == 1
                    let expected = product.reference(accumulates: isOdd)
                    #expect(product.run(accumulates: isOdd) == expected, "\(rows)x\(columns)x\(depth)")
                    #expect(product.run(accumulates: isOdd, packsLeft: true, fromTranspose: true) == expected)
                }
            }
        }
    }

    @Test func deepProductsMatchTheReferenceInEveryBit() {
        for depth in [765, 768, 769, 1600] {
            let product = Product(rows: 13, columns: 50, depth: depth, seed: 4, precision: .bf16)
            let expected = product.reference(accumulates: true)
            #expect(product.run(accumulates: true) == expected)
            #expect(product.run(accumulates: true, packsLeft: true, fromTranspose: true) == expected)
        }
    }

    @Test func rowsOfPairsArePackedLikeTheMatrixTheyCameFrom() {
        for depth in [1, 2, 18, 19] {
            for columns in [1, 8, 15, 16, 40, 48, 50, 97, 100] {
                let x = samples(depth * columns, seed: 1), stride = (columns + 1) / 2, slots = (depth + 1) / 2
                var pairs = [Float](repeating: 0, count: depth * stride)
                ck_pair_rows(&pairs, x, depth, columns)
                let space = [Float](repeating: 0, count: (columns + 47) / 48 * 48 * slots)
                var (panels, groups, keptPanels, keptGroups) = (space, space, space, space)
                ck_pack_pairs(&panels, x, columns, depth, columns, slots)
                ck_pack_pair_rows(&keptPanels, pairs, stride, depth, columns, slots)
                #expect(keptPanels.map(\.bitPattern) == panels.map(\.bitPattern), "\(depth)x\(columns)")
                ck_pack_left_pairs(&groups, nil, x, columns, depth, columns, slots)
                ck_pack_left_pair_rows(&keptGroups, nil, pairs, stride, depth, columns, slots)
                #expect(keptGroups.map(\.bitPattern) == groups.map(\.bitPattern), "\(depth)x\(columns)")
            }
        }
    }

    @Test(arguments: Precision.allCases) func aConsumedInputChangesNoGradient(precision: Precision) {
        func gradients(consumes: Bool) -> [[Float]] {
            let engine = Engine(threads: 2)
            engine.precision = precision
            let first = parameter("first", [80, 48], seed: 1), second = parameter("second", [36, 80], seed: 2)
            let pass = Pass(engine: engine, mode: .training(seed: 1, step: 0), packing: Packing(lengths: [70]))
            let x = pass.constant(rows: 70, width: 48) { _ = $0.update(fromContentsOf: samples(70 * 48, seed: 4)) }
            let y = pass.linear(pass.linear(x, first, nil, .gelu), second, nil, consumes: consumes)
            _ = pass.squaredError(y, targets: samples(70 * 36, seed: 5))
            pass.backward()
            return [y.elements] + [first, second].map { $0.gradientElements! }
        }
        #expect(gradients(consumes: true) == gradients(consumes: false))
    }

    @Test func columnsAreSummedWhilePacking() {
        for columns in [1, 8, 15, 16, 40, 48, 50, 97] {
            for depth in [18, 19] {
                let x = samples(depth * columns, seed: 1)
                var space = [Float](repeating: 0, count: (columns + 47) / 48 * 48 * 10)
                var expected = [Float](repeating: 0, count: columns), left = expected
                ck_column_sums(&expected, x, columns, depth, columns)
                ck_pack_left_pairs(&space, &left, x, columns, depth, columns, (depth + 1) / 2)
                #expect(left == expected)
            }
        }
    }

    /// Output and the three gradients of a linear layer.
    private func layer(_ precision: Precision, threads: Int, rows: Int) -> [[Float]] {
        let engine = Engine(threads: threads)
        engine.precision = precision
        let first = parameter("first", [80, 48], seed: 1), second = parameter("second", [200, 80], seed: 2)
        let shift = parameter("shift", [200], seed: 3)
        let pass = Pass(engine: engine, mode: .training(seed: 1, step: 0), packing: Packing(lengths: [rows]))
        let x = pass.constant(rows: rows, width: 48) { _ = $0.update(fromContentsOf: samples(rows * 48, seed: 4)) }
        let y = pass.linear(pass.linear(x, first, nil), second, shift)
        _ = pass.squaredError(y, targets: samples(rows * 200, seed: 5))
        pass.backward()
        return [y.elements] + [first, second, shift].map { $0.gradientElements! }
    }

    @Test(arguments: [1, 31, 64, 129, 300]) func productsAreNearThoseOfSinglePrecision(rows: Int) {
        let narrow = layer(.bf16, threads: 1, rows: rows)
        for (found, expected) in zip(narrow, layer(.f32, threads: 1, rows: rows)) {
            let size = expected.map(abs).max()!
            let difference = zip(found, expected).map { abs($0 - $1) }.max()!
            #expect(difference > 0 && difference < 0.02 * size, "\(difference) of \(size)")
        }
        #expect(layer(.bf16, threads: 2, rows: rows) == narrow)
    }
}
