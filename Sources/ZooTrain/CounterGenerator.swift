/// Random words that are a function of a key and a counter, so that what one part of a run draws depends on nothing that
/// another part drew: SplitMix64 (Steele, Lea and Flood 2014) started at a hash of the key.
public struct CounterGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins the sequence of `key`, such as (seed, purpose, epoch); different keys give independent sequences.
    public init(key: UInt64...) {
        var hash: UInt64 = 0
        for word in key { hash = Self.mix(hash &+ Self.increment ^ Self.mix(word &+ Self.increment)) }
        state = hash
    }

    /// The next word.
    public mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// An integer in `0..<bound`, each as likely as the others (Lemire 2019).
    public mutating func next(below bound: Int) -> Int {
        precondition(bound > 0, "a bound of \(bound)")
        let bound = UInt64(bound)
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= bound || product.low >= (0 &- bound) % bound { return Int(product.high) }
        }
    }

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// What randomness is drawn for; part of a generator's key.
enum RandomPurpose: UInt64 {
    case rowOrder = 1
    case head = 2
    case bootstrap = 3
}
