import CKernels
import Testing
import ZooBase

@testable import ZooTensor

@Suite(.enabled(if: Precision.bf16.isAvailable, "oneDNN has no bf16 products on this processor"))
struct PrecisionTests {
    @Test func narrowingRoundsToNearestEven() {
        for length in lengths {
            let x = samples(length, seed: 5, scale: 3)
            var y = [UInt16](repeating: 0x7777, count: length + 1)
            ck_narrow_bf16(&y, x, length)
            var back = [Float](repeating: 0, count: length)
            ck_widen_bf16(&back, y, length)
            #expect(zip(x, back).allSatisfy { abs($0 - $1) <= abs($0) / 256 })
            #expect(y[length] == 0x7777)
        }
        let x: [Float] = [1, 1 + 0x1p-8, 1 + 3 * 0x1p-8, .infinity, -.infinity, .nan, -0.0]
        var y = [UInt16](repeating: 0, count: 7)
        ck_narrow_bf16(&y, x, 7)
        #expect(y[0] == 0x3f80 && y[1] == 0x3f80 && y[2] == 0x3f82 && y[3] == 0x7f80 && y[4] == 0xff80)
        #expect(y[5] & 0x7fc0 == 0x7fc0 && y[6] == 0x8000)
    }

    /// Output and the three gradients of a linear layer.
    private func layer(_ precision: Precision, threads: Int, rows: Int) -> [[Float]] {
        let engine = Engine(threads: threads)
        engine.precision = precision
        let first = parameter("first", [80, 48], seed: 1), second = parameter("second", [200, 80], seed: 2)
        let shift = parameter("shift", [200], seed: 3)
        let pass = Pass(engine: engine, mode: .training(seed: 1, step: 0), packing: Packing(lengths: [rows]))
        let x = pass.constant([rows, 48]) { _ = $0.update(fromContentsOf: samples(rows * 48, seed: 4)) }
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
