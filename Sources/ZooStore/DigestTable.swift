import ZooBase

/// A number for each of some digests.
///
/// What a dictionary does, in half its time and memory: the bytes of a digest are spread evenly already and need no
/// hashing, and where to look first is all that is kept beside keys and values.
struct DigestTable {
    private var keys: [ContentDigest] = []
    private var values: [Int32] = []
    /// Where a digest's first bytes lead: the place of its key, or `free`; where that is another's, the next one.
    private var slots = Array(repeating: free, count: 1 << 10)
    private static let free: Int32 = -1

    /// The number of `digest`.
    subscript(digest: ContentDigest) -> Int32? {
        let place = slots[slot(of: digest)]
        return place == Self.free ? nil : values[Int(place)]
    }

    /// Gives `digest` a number, unless it has one.
    ///
    /// - Returns: whether it had none.
    @discardableResult
    mutating func insert(_ digest: ContentDigest, _ value: Int32) -> Bool {
        let slot = slot(of: digest)
        guard slots[slot] == Self.free else { return false }
        slots[slot] = Int32(keys.count)
        keys.append(digest)
        values.append(value)
        // At most half full, so that a look-up takes few steps.
        if 2 * keys.count > slots.count {
            slots = Array(repeating: Self.free, count: 4 * slots.count)
            for (place, key) in keys.enumerated() { slots[self.slot(of: key)] = Int32(place) }
        }
        return true
    }

    /// Replaces the number of `digest`, which has one or not.
    ///
    /// - Returns: the number it had.
    mutating func replace(_ digest: ContentDigest, _ value: Int32) -> Int32? {
        let place = slots[slot(of: digest)]
        guard place != Self.free else {
            insert(digest, value)
            return nil
        }
        defer { values[Int(place)] = value }
        return values[Int(place)]
    }

    /// The slot of `digest`, or the free one where it belongs.
    private func slot(of digest: ContentDigest) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: digest.firstWord) & mask
        while slots[slot] != Self.free, keys[Int(slots[slot])] != digest { slot = (slot + 1) & mask }
        return slot
    }
}
