import CKernels
import Testing

@testable import ZooTensor

/// The kernels' promise: the same bits from every instruction set.
///
/// Serialized, since the choice is the process's.
@Suite(.serialized) struct InstructionSetTests {
    /// What one instruction set computes, all kernels one after another.
    private func results(_ isa: ck_isa) -> [UInt32] {
        let before = ck_current_isa()
        ck_use_isa(isa)
        defer { ck_use_isa(before) }
        var bits: [UInt32] = []
        for (rows, width) in [(3, 7), (5, 16), (9, 40), (21, 33), (70, 8)] {
            let n = rows * width
            let x = samples(n, seed: 1, scale: 4), y = samples(n, seed: 2), z = samples(n, seed: 3)
            var out = [Float](repeating: 0, count: n), more = out, third = out
            for kernel in [ck_exp, ck_erf, ck_tanh, ck_gelu, ck_gelu_tanh] {
                kernel(&out, x, n)
                bits += out.map(\.bitPattern)
            }
            for kernel in [ck_gelu_backward, ck_gelu_tanh_backward] {
                kernel(&out, y, x, n)
                bits += out.map(\.bitPattern)
            }
            ck_softmax(&out, x, rows, width)
            bits += out.map(\.bitPattern)
            bits.append(ck_sum_of_squares(x, n).bitPattern)

            let keys = (0..<rows).map { CounterRandom.mix(9, UInt64($0)) }
            let places = (0..<UInt32(rows)).map { $0 }
            var moments = [Float](repeating: 0, count: rows), inverse = moments
            let gain = samples(width, seed: 5), bias = samples(width, seed: 6)
            var gainSum = gain, biasSum = bias
            keys.withUnsafeBufferPointer { keys in
                places.withUnsafeBufferPointer { places in
                    var dropout = ck_dropout(
                        keys: keys.baseAddress, places: places.baseAddress, site: 1, threshold: 9000, scale: 1.16)
                    out = x
                    ck_residual_norm(
                        &out, y, &more, &moments, &inverse, gain, bias, rows, width, 1e-12, &dropout)
                    bits += (out + more + moments + inverse).map(\.bitPattern)
                    var slope = z
                    ck_norm_backward(
                        &slope, &third, &gainSum, &biasSum, z, out, moments, inverse, gain, rows, width, &dropout)
                    bits += (slope + third + gainSum + biasSum).map(\.bitPattern)
                }
            }

            var scratch = [Float](repeating: 0, count: ck_attention_scratch(rows, width))
            var shape = ck_attention_shape(
                length: rows, size: width, stride: width, scale: 0.3, key: 77, threshold: 6554, keep_scale: 1.111)
            ck_attention(&out, x, y, z, &shape, &scratch)
            bits += out.map(\.bitPattern)
            var fourth = out
            ck_attention_backward(&more, &third, &fourth, x, x, y, z, &shape, &scratch)
            bits += (more + third + fourth).map(\.bitPattern)

            let heads = min(rows, 19), lanes = (heads + 15) / 16 * 16
            let wide = [Float](repeating: 0, count: heads * width)
            var (mixed, asking) = (wide, wide)
            var shares = [Float](repeating: 0, count: heads)
            var probabilities = [Float](repeating: 0, count: rows * lanes)
            scratch = [Float](repeating: 0, count: ck_first_attention_scratch(rows, width, heads))
            let dropped = (0..<heads).map { UInt64($0) }
            dropped.withUnsafeBufferPointer { keys in
                var first = ck_first_attention_shape(
                    length: rows, width: width, heads: heads, scale: 0.3, keys: keys.baseAddress, threshold: 6554,
                    keep_scale: 1.111)
                ck_first_attention(&mixed, &shares, &probabilities, x, y, &first, &scratch)
                ck_first_attention_backward(&out, &asking, z, shares, x, y, probabilities, 1, &first, &scratch)
            }
            bits += (mixed + shares + probabilities + asking + out).map(\.bitPattern)

            for precision in Precision.allCases {
                let product = Product(rows: rows, columns: width, depth: 21, seed: 8, precision: precision)
                bits += product.run(accumulates: true).map(\.bitPattern)
                bits += product.groups.filter { !$0.isNaN }.map(\.bitPattern)
            }
            bits += Product.extremes.map(\.bitPattern)
            let slots = (width + 1) / 2, space = (width + 47) / 48 * 48 * ((rows + 1) / 2)
            var (pairs, panels) = ([Float](repeating: 0, count: rows * slots), [Float](repeating: 0, count: space))
            ck_pair_rows(&pairs, x, rows, width)
            ck_pack_pair_rows(&panels, pairs, slots, rows, width, (rows + 1) / 2)
            bits += (pairs + panels).map(\.bitPattern)

            let labels = (0..<rows).map { Int32($0 % width) }
            var losses = moments
            ck_cross_entropy(&losses, &out, x, labels, gain, 0.1, 0.5, rows, width)
            bits += (losses + out).map(\.bitPattern)
            var step = ck_adamw_step(
                decay: 0.999, beta1: 0.9, beta2: 0.999, step: 0.01, root: 1.2, epsilon: 1e-8, grad_scale: 0.7)
            var (p, m, v) = (x, y, z.map { $0 * $0 })
            ck_adamw(&p, &m, &v, x, n, &step)
            bits += (p + m + v).map(\.bitPattern)
        }
        return bits
    }

    @Test func everyInstructionSetGivesTheSameBits() {
        let baseline = results(CK_ISA_BASELINE)
        for isa in [CK_ISA_AVX2, CK_ISA_AVX512, CK_ISA_AVX512_BF16] where isa.rawValue <= ck_best_isa().rawValue {
            #expect(results(isa) == baseline, "instruction set \(isa.rawValue)")
        }
    }
}
