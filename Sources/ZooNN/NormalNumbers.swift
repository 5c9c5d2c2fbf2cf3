internal import ZooTensor

/// Normally distributed numbers that depend only on a seed, a name and the element's index: Marsaglia's polar method on
/// a counter-based generator.
enum NormalNumbers {
    static func make(_ count: Int, deviation: Float, seed: UInt64, name: String) -> [Float] {
        var key = CounterRandom.mix(seed, 0x9A72_0C1D)
        for byte in name.utf8 { key = CounterRandom.mix(key, UInt64(byte)) }
        return (0..<count).map { deviation * number(CounterRandom.mix(key, UInt64($0))) }
    }

    private static func number(_ key: UInt64) -> Float {
        var attempt: UInt64 = 0
        while true {
            let word = CounterRandom.mix(key, attempt)
            // Two numbers in (-1, 1), 24 bits each.
            let u = (Float(word >> 40) + 0.5) * 0x1p-23 - 1
            let v = (Float(word & 0xFF_FFFF) + 0.5) * 0x1p-23 - 1
            let s = u * u + v * v
            if s > 0 && s < 1 { return u * (-2 * CounterRandom.logarithm(s) / s).squareRoot() }
            attempt += 1
        }
    }
}
