internal import CKernels

/// Pure functions on which reproducible randomness is built; the same bits on every machine.
public enum CounterRandom {
    /// Mixes two words into one: a key and a counter into a random word.
    public static func mix(_ key: UInt64, _ counter: UInt64) -> UInt64 { ck_mix(key, counter) }

    /// The natural logarithm of a positive normal number, by the engine's own kernel.
    public static func logarithm(_ x: Float) -> Float {
        var (input, output) = (x, Float(0))
        ck_log(&output, &input, 1)
        return output
    }
}
