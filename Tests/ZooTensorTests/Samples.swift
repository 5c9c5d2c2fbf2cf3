import ZooBase
import ZooTensor

/// Repeatable numbers in (-scale, scale).
func samples(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
    (0..<count).map { index in
        let word = CounterRandom.mix(seed, UInt64(index))
        return scale * (Float(word >> 40) * 0x1p-23 - 1)
    }
}

/// A parameter with repeatable elements.
func parameter(_ name: String, _ shape: Shape, seed: UInt64, around centre: Float = 0, scale: Float = 0.5) -> Parameter
{
    let elements = samples(shape.elementCount, seed: seed, scale: scale).map { $0 + centre }
    return Parameter(name: name, shape: shape, role: .init(depth: 0, isNormOrBias: shape.rank == 1), elements: elements)
}

/// The largest difference, as a share of the largest magnitude expected (or of 1).
func distance(_ found: [Float], _ expected: [Double]) -> Double {
    precondition(found.count == expected.count)
    let size = max(1, expected.map(abs).max() ?? 0)
    return zip(found, expected).map { abs(Double($0) - $1) / size }.max() ?? 0
}
