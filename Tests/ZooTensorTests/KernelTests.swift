import CKernels
import Foundation
import Testing
import ZooTensor

/// Lengths around the widths of vectors and blocks.
let lengths = Array(1...36) + [47, 48, 63, 64, 65, 97, 127, 128, 130]

@Suite struct KernelTests {
    /// y = f(x) for every length, guarded against writing past the end.
    private func map(
        _ kernel: (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int) -> Void, scale: Float,
        tolerance: Double, _ reference: (Double) -> Double
    ) {
        for length in lengths {
            let x = samples(length, seed: UInt64(length), scale: scale)
            var y = [Float](repeating: 777, count: length + 1)
            kernel(&y, x, length)
            #expect(distance(Array(y.dropLast()), x.map { reference(Double($0)) }) < tolerance, "length \(length)")
            #expect(y[length] == 777)
        }
    }

    /// What GELU's approximation takes the tanh of.
    private func bent(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }

    @Test func elementwise() {
        map(ck_exp, scale: 5, tolerance: 3e-7) { exp($0) }
        map(ck_erf, scale: 5, tolerance: 1e-6) { erf($0) }
        map(ck_tanh, scale: 5, tolerance: 3e-7) { tanh($0) }
        map(ck_gelu, scale: 6, tolerance: 1e-6) { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }
        map(ck_gelu_tanh, scale: 6, tolerance: 1e-6) { 0.5 * $0 * (1 + tanh(bent($0))) }
        map({ y, x, n in ck_log(y, (0..<n).map { abs(x![$0]) + 1e-3 }, n) }, scale: 9, tolerance: 3e-7) {
            log(Double(abs(Float($0)) + 1e-3))
        }
    }

    @Test func specialValues() {
        let x: [Float] = [.infinity, -.infinity, .nan, 100, -100, 0]
        var y = [Float](repeating: 0, count: 6)
        ck_tanh(&y, x, 6)
        #expect(y[0] == 1 && y[1] == -1 && y[2].isNaN && y[3] == 1 && y[5] == 0)
        ck_exp(&y, x, 6)
        #expect(y[1] < 1e-37 && y[2].isNaN && y[4] < 1e-37 && y[5] == 1)
        ck_gelu(&y, x, 6)
        #expect(y[2].isNaN && y[3] == 100 && y[4] == 0 && y[5] == 0)
        ck_gelu_tanh(&y, x, 6)
        #expect(y[0] == .infinity && y[2].isNaN && y[3] == 100 && y[4] == 0 && y[5] == 0)
        ck_gelu_tanh_backward(&y, [1, 1, 1, 1, 1, 1], x, 6)
        #expect(y[0] == 1 && y[1] == 0 && y[2].isNaN && y[3] == 1 && y[4] == 0 && y[5] == 0.5)
    }

    @Test func slopes() {
        for length in lengths {
            let x = samples(length, seed: 3, scale: 4)
            let dy = samples(length, seed: 4)
            var dx = dy
            ck_gelu_backward(&dx, dy, x, length)
            let gelu = zip(x, dy).map { x, dy in
                let x = Double(x)
                let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
                return Double(dy) * (0.5 * erfc(-x / 2.0.squareRoot()) + x * density)
            }
            #expect(distance(dx, gelu) < 2e-6)
            ck_gelu_tanh_backward(&dx, dy, x, length)
            let approximate = zip(x, dy).map { x, dy in
                let x = Double(x), share = tanh(bent(x))
                let slope = (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
                return Double(dy) * (0.5 * (1 + share) + 0.5 * x * (1 - share * share) * slope)
            }
            #expect(distance(dx, approximate) < 2e-6)
            ck_tanh_backward(&dx, dy, x, length)
            #expect(distance(dx, zip(x, dy).map { Double($1) * (1 - Double($0) * Double($0)) }) < 1e-6)
        }
    }

    @Test func softmaxRows() {
        for width in lengths {
            let x = samples(3 * width, seed: 5, scale: 20)
            var y = [Float](repeating: 0, count: 3 * width)
            ck_softmax(&y, x, 3, width)
            let expected = (0..<3).flatMap { row -> [Double] in
                let e = (0..<width).map { exp(Double(x[row * width + $0])) }
                return e.map { $0 / e.reduce(0, +) }
            }
            #expect(distance(y, expected) < 1e-6)
        }
    }

    @Test func sumsOverRows() {
        for width in lengths {
            let x = samples(5 * width, seed: 6)
            var sums = [Float](repeating: 0, count: width)
            ck_column_sums(&sums, x, width, 5, width)
            let expected = (0..<width).map { c in (0..<5).reduce(0.0) { $0 + Double(x[$1 * width + c]) } }
            #expect(distance(sums, expected) < 1e-6)
            ck_sum_of_rows(&sums, x, [4, 1, 1], 3, width)
            #expect(
                distance(sums, (0..<width).map { Double(x[4 * width + $0]) + 2 * Double(x[width + $0]) }) < 1e-6)
            let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
            #expect(abs(Double(ck_sum_of_squares(x, x.count)) - squares) < 1e-5 * max(1, squares))
        }
    }

    @Test func adamWFollowsItsDefinition() {
        for length in [1, 15, 16, 17, 40] {
            var p = samples(length, seed: 1)
            var m = samples(length, seed: 2, scale: 0.1)
            var v = samples(length, seed: 3, scale: 0.1).map { $0 * $0 }
            let g = samples(length, seed: 4)
            let (p0, m0, v0) = (p, m, v)
            let t = 7.0, rate = 0.01, decay = 0.1
            let (bias1, bias2) = (1 - pow(0.9, t), 1 - pow(0.999, t))
            var step = ck_adamw_step(
                decay: Float(1 - rate * decay), beta1: 0.9, beta2: 0.999, step: Float(rate / bias1),
                root: Float(1 / bias2.squareRoot()), epsilon: 1e-8, grad_scale: 0.5)
            ck_adamw(&p, &m, &v, g, length, &step)
            let expected = (0..<length).map { i in
                let slope = Double(g[i]) * 0.5
                let first = 0.9 * Double(m0[i]) + 0.1 * slope
                let second = 0.999 * Double(v0[i]) + 0.001 * slope * slope
                return Double(p0[i]) * (1 - rate * decay) - rate / bias1 * first
                    / (second.squareRoot() / bias2.squareRoot() + 1e-8)
            }
            #expect(distance(p, expected) < 1e-6)
        }
    }

    @Test func crossEntropyFollowsItsDefinition() {
        let labels: [Int32] = [2, 0, -100, 1, 2]
        for (weights, smoothing) in [(nil, 0), (nil, 0.1), ([1, 2, 0.5], 0), ([1, 2, 0.5], 0.3)] as [([Float]?, Float)]
        {
            let x = samples(15, seed: 8, scale: 6)
            var loss = [Float](repeating: 0, count: 5)
            var slope = [Float](repeating: 0, count: 15)
            func run(_ w: UnsafePointer<Float>?) {
                ck_cross_entropy(&loss, &slope, x, labels, w, smoothing, 0.25, 5, 3)
            }
            if let weights { run(weights) } else { run(nil) }
            var expected: [Double] = []
            var slopes: [Double] = []
            for row in 0..<5 {
                let e = (0..<3).map { exp(Double(x[row * 3 + $0])) }
                let p = e.map { $0 / e.reduce(0, +) }
                let target = (0..<3).map { c -> Double in
                    guard labels[row] >= 0 else { return 0 }
                    let share = Double(smoothing) / 3 + (Int(labels[row]) == c ? 1 - Double(smoothing) : 0)
                    return share * Double(weights?[c] ?? 1)
                }
                expected.append(zip(target, p).reduce(0) { $0 - $1.0 * log($1.1) })
                slopes += (0..<3).map { 0.25 * (target.reduce(0, +) * p[$0] - target[$0]) }
            }
            #expect(distance(loss, expected) < 1e-6)
            #expect(distance(slope, slopes) < 1e-6)
        }
    }

    @Test func wideningIsExact() {
        let all = (0...UInt16.max).map { $0 }
        var y = [Float](repeating: 0, count: all.count)
        ck_widen_f16(&y, all, all.count)
        #expect(
            zip(all, y).allSatisfy { half, y in
                let expected = Float(Float16(bitPattern: half))
                return expected.isNaN ? y.isNaN : expected.bitPattern == y.bitPattern
            })
        ck_widen_bf16(&y, all, all.count)
        #expect(zip(all, y).allSatisfy { $1.bitPattern == UInt32($0) << 16 })
    }

    @Test(arguments: [0.1, 0.5]) func dropoutKeepsTheRightShareAndExpectation(_ probability: Float) {
        let (rows, width) = (64, 1000)
        let keys = (0..<rows).map { CounterRandom.mix(1, UInt64($0)) }
        let places = (0..<UInt32(rows)).map { $0 % 7 }
        var y = [Float](repeating: 0, count: rows * width)
        let x = [Float](repeating: 1, count: rows * width)
        let threshold = UInt32(probability * 65536)
        keys.withUnsafeBufferPointer { keys in
            places.withUnsafeBufferPointer { places in
                var dropout = ck_dropout(
                    keys: keys.baseAddress, places: places.baseAddress, site: 3, threshold: threshold,
                    scale: 65536 / Float(65536 - threshold))
                ck_drop(&y, x, rows, width, &dropout)
            }
        }
        let kept = Float(y.count { $0 != 0 }) / Float(y.count)
        #expect(abs(kept - (1 - probability)) < 0.01)
        #expect(abs(y.reduce(0, +) / Float(y.count) - 1) < 0.02)
        // Neighbours, halves of a word and rows are not alike.
        for lag in [1, 16, 32, width, 7 * width] {
            let both = Float((0..<y.count - lag).count { y[$0] != 0 && y[$0 + lag] != 0 }) / Float(y.count - lag)
            #expect(abs(both - kept * kept) < 0.01, "lag \(lag)")
        }
    }
}
