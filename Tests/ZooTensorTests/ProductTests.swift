import CKernels
import Testing
import ZooBase

@testable import ZooTensor

/// A product A B + bias of repeatable numbers, A as [rows, depth] and B as [columns, depth].
struct Product {
    let rows: Int, columns: Int, depth: Int
    let a: [Float], b: [Float], bias: [Float], start: [Float]
    let precision: Precision
    private let kernels: PackedKernels
    private var slots: Int { kernels.slots(depth) }

    init(rows: Int, columns: Int, depth: Int, seed: UInt64, precision: Precision = .f32) {
        (self.rows, self.columns, self.depth) = (rows, columns, depth)
        self.precision = precision
        kernels = PackedKernels(precision)
        a = samples(rows * depth, seed: seed)
        b = samples(columns * depth, seed: seed + 1)
        bias = samples(columns, seed: seed + 2)
        start = samples(rows * columns, seed: seed + 3)
    }

    static func transposed(_ x: [Float], _ rows: Int, _ columns: Int) -> [Float] {
        (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
    }

    private var panelCount: Int { (columns + Int(CK_PANEL) - 1) / Int(CK_PANEL) }

    /// B packed, from itself or from its transpose.
    func panels(fromTranspose: Bool) -> [Float] {
        var panels = [Float](repeating: .nan, count: panelCount * slots * Int(CK_PANEL))
        if fromTranspose {
            kernels.pack(&panels, Self.transposed(b, columns, depth), columns, depth, columns, slots)
        } else {
            kernels.packTransposed(&panels, b, depth, depth, columns)
        }
        return panels
    }

    /// A packed as a left operand, from its transpose.
    var groups: [Float] {
        let space = (rows + Int(CK_PANEL) - 1) / Int(CK_PANEL) * Int(CK_PANEL) * slots
        var groups = [Float](repeating: .nan, count: space)
        kernels.packLeft(&groups, nil, Self.transposed(a, rows, depth), rows, depth, rows, slots)
        return groups
    }

    /// A as it is read by rows.
    var left: [Float] {
        guard precision == .bf16 else { return a }
        var pairs = [Float](repeating: .nan, count: rows * slots)
        ck_pair_rows(&pairs, a, rows, depth)
        return pairs
    }

    func run(accumulates: Bool, packsLeft: Bool = false, fromTranspose: Bool = false) -> [Float] {
        var c = start
        let panels = panels(fromTranspose: fromTranspose)
        if packsLeft {
            kernels.product(&c, columns, groups, 0, panels, bias, rows, columns, slots, accumulates ? 1 : 0)
        } else {
            kernels.product(&c, columns, left, slots, panels, bias, rows, columns, slots, accumulates ? 1 : 0)
        }
        return c
    }

    func expected(accumulates: Bool) -> [Double] {
        (0..<rows).flatMap { row in
            (0..<columns).map { column in
                let sum = (0..<depth).reduce(0.0) {
                    $0 + Double(a[row * depth + $1]) * Double(b[column * depth + $1])
                }
                return sum + Double(bias[column]) + (accumulates ? Double(start[row * columns + column]) : 0)
            }
        }
    }
}

@Suite struct ProductTests {
    @Test func productsOfAllSmallShapes() {
        for rows in Array(1...18) + [47, 49] {
            for columns in [1, 2, 15, 16, 17, 33, 47, 48, 49, 65, 97] {
                for depth in [1, 2, 16, 17, 31] {
                    let product = Product(rows: rows, columns: columns, depth: depth, seed: UInt64(rows * columns))
                    let isOdd = (rows + columns + depth) % 2 == 1
                    let found = product.run(accumulates: isOdd)
                    #expect(
                        distance(found, product.expected(accumulates: isOdd)) < 2e-6, "\(rows)x\(columns)x\(depth)")
                    #expect(found == product.run(accumulates: isOdd, packsLeft: true, fromTranspose: true))
                }
            }
        }
    }

    @Test func depthsOfSeveralBlocks() {
        for depth in [383, 384, 385, 800] {
            let product = Product(rows: 13, columns: 50, depth: depth, seed: 4)
            let found = product.run(accumulates: true)
            #expect(distance(found, product.expected(accumulates: true)) < 1e-5)
            #expect(found == product.run(accumulates: true, packsLeft: true, fromTranspose: true))
        }
    }

    /// What each element is does not depend on how a product is cut into calls.
    @Test func rowsAloneHaveTheSameBits() {
        let product = Product(rows: 21, columns: 70, depth: 400, seed: 7)
        let whole = product.run(accumulates: false), panels = product.panels(fromTranspose: false)
        for row in 0..<21 {
            var alone = [Float](repeating: 0, count: 70)
            product.a.withUnsafeBufferPointer {
                ck_product(
                    &alone, 70, $0.baseAddress! + row * 400, 400, panels, product.bias, 1, 70, 400, 0)
            }
            #expect(alone == Array(whole[row * 70..<(row + 1) * 70]))
        }
    }

    @Test func columnsAreSummedWhilePacking() {
        for columns in [1, 8, 15, 16, 40, 48, 50, 97] {
            let depth = 19, x = samples(19 * columns, seed: 1)
            var space = [Float](repeating: 0, count: (columns + 47) / 48 * 48 * depth)
            var expected = [Float](repeating: 0, count: columns), left = expected
            ck_column_sums(&expected, x, columns, depth, columns)
            ck_pack_left(&space, &left, x, columns, depth, columns, depth)
            #expect(left == expected)
        }
    }

    /// Packing all rows at once and by pieces.
    @Test func rowsArePackedByPieces() {
        for columns in [1, 9, 16, 50, 97, 400] {
            let depth = 19, x = samples(19 * columns, seed: 1)
            let space = [Float](repeating: 0, count: (columns + 47) / 48 * 48 * depth)
            var (panels, groups, panelsByPieces, groupsByPieces) = (space, space, space, space)
            ck_pack(&panels, x, columns, depth, columns, depth)
            ck_pack_left(&groups, nil, x, columns, depth, columns, depth)
            x.withUnsafeBufferPointer { x in
                panelsByPieces.withUnsafeMutableBufferPointer { panels in
                    groupsByPieces.withUnsafeMutableBufferPointer { groups in
                        for (first, rows) in [(8, 11), (0, 6), (6, 2)] {
                            let piece = x.baseAddress! + first * columns
                            ck_pack(panels.baseAddress! + first * 48, piece, columns, rows, columns, depth)
                            ck_pack_left(groups.baseAddress! + first * 8, nil, piece, columns, rows, columns, depth)
                        }
                    }
                }
            }
            #expect(panels == panelsByPieces && groups == groupsByPieces, "\(columns)")
        }
    }

    @Test func transposes() {
        for (rows, columns) in [(1, 1), (3, 20), (16, 16), (17, 33), (48, 50)] {
            let x = samples(rows * columns, seed: 3)
            let expected = Product.transposed(x, rows, columns)
            var y = [Float](repeating: .nan, count: rows * columns)
            ck_transpose(&y, rows, x, columns, rows, columns, 0)
            #expect(y == expected)
            ck_transpose(&y, rows, x, columns, rows, columns, 1)
            #expect(y == expected.map { 2 * $0 })
        }
    }

    /// A group of layers against each alone: outputs, gradients of weights, biases and of the shared input.
    @Test func layersOfOneInputTogetherAndAlone() {
        func run(together: Bool) -> [[Float]] {
            let engine = Engine(threads: 2)
            let pass = Pass(engine: engine, mode: .training(seed: 1, step: 0), packing: Packing(lengths: [50, 21]))
            let table = parameter("first", [30, 20], seed: 1)
            let x = pass.linear(pass.constant(rows: 71, width: 20) { $0.update(repeating: 0.25) }, table, nil, .gelu)
            let weights = (0..<3).map { parameter("w\($0)", [50, 30], seed: UInt64($0 + 2)) }
            let biases = (0..<3).map { parameter("b\($0)", [50], seed: UInt64($0 + 9)) }
            let layers = zip(weights, biases).map { LinearParameters(weight: $0, bias: $1, activation: .gelu) }
            let outputs = together ? Array(pass.linear(x, Few(layers))) : layers.map { pass.linear(x, [$0])[0] }
            let y = pass.attention(
                query: outputs[0], key: outputs[1], value: outputs[2], heads: 5, scale: 0.3, dropout: 0.1)
            _ = pass.squaredError(y, targets: [Float](repeating: 1, count: y.shape.elementCount))
            pass.backward()
            return outputs.map(\.elements) + (weights + biases + [table]).compactMap(\.gradientElements)
        }
        let (group, alone) = (run(together: true), run(together: false))
        #expect(group.count == 10)
        #expect(Array(group.dropLast()) == Array(alone.dropLast()))
        #expect(distance(group[9], alone[9].map { Double($0) }) < 1e-6)
    }

    @Test func partsOfAStepAddUp() {
        let engine = Engine(threads: 1)
        let (weight, bias) = (parameter("w", [20, 10], seed: 1), parameter("b", [20], seed: 2))
        func part(_ rows: Int, accumulates: Bool) {
            let pass = Pass(
                engine: engine, mode: .training(seed: 1, step: 0), packing: Packing(lengths: [rows]),
                accumulates: accumulates)
            let x = pass.constant(rows: rows, width: 10) { numbers in
                for index in numbers.indices { numbers[index] = Float(index % 10) * 0.1 }
            }
            let y = pass.linear(x, weight, bias)
            _ = pass.squaredError(y, targets: [Float](repeating: 0, count: rows * 20), total: 1)
            pass.backward()
        }
        part(3, accumulates: false)
        let (w, b) = (weight.gradientElements ?? [], bias.gradientElements ?? [])
        part(3, accumulates: true)
        #expect(distance(weight.gradientElements ?? [], w.map { 2 * Double($0) }) < 1e-6)
        #expect(distance(bias.gradientElements ?? [], b.map { 2 * Double($0) }) < 1e-6)
    }
}
