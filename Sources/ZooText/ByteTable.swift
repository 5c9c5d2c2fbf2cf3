/// A flat hash table from byte strings to ids, made to find the longest key that begins at some place of a word.
struct ByteTable: Sendable {
    /// All keys, one after the other; shared between tables of one vocabulary.
    private let bytes: [UInt8]
    private let starts: [Int32]
    private let ends: [Int32]
    private let values: [Int32]
    /// High half: of the key's hash; low half: the key's number + 1, or 0 for an empty slot.
    private var slots: [UInt64]
    private var longest = 0
    /// The number of the first key that equals an earlier one, and of that one.
    private(set) var duplicate: (second: Int, first: Int)?

    /// Makes a table whose key `i` is `bytes[starts[i]..<ends[i]]`, with value `values[i]`.
    ///
    /// Of equal keys the last wins.
    init(bytes: [UInt8], starts: [Int32], ends: [Int32], values: [Int32]) {
        self.bytes = bytes
        self.starts = starts
        self.ends = ends
        self.values = values
        var capacity = 16
        while capacity < 2 * starts.count { capacity *= 2 }
        slots = [UInt64](repeating: 0, count: capacity)
        for key in starts.indices { insert(key) }
    }

    private mutating func insert(_ key: Int) {
        let range = Int(starts[key])..<Int(ends[key])
        var hash = Self.seed
        for index in range { hash = Self.step(hash, bytes[index]) }
        longest = max(longest, range.count)
        var slot = Self.slot(hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let other = Int(slots[slot] & 0xFFFF_FFFF) - 1
            if matches(other, hash, slots[slot], bytes, range) {
                if duplicate == nil { duplicate = (key, other) }
                break
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(key + 1)
    }

    /// The value of the key that equals `key`.
    func value(of key: [UInt8]) -> Int32? {
        var hash = Self.seed
        for byte in key { hash = Self.step(hash, byte) }
        return find(hash, key, 0..<key.count)
    }

    /// The longest key that begins at `start` of `word`, and where it ends; `hashes` is room to work in.
    func longestMatch(in word: [UInt8], from start: Int, hashes: inout [UInt64]) -> (value: Int32, end: Int)? {
        let limit = min(word.count, start + longest)
        hashes.removeAll(keepingCapacity: true)
        var hash = Self.seed
        for index in start..<limit {
            hash = Self.step(hash, word[index])
            hashes.append(hash)
        }
        var end = limit
        while end > start {
            // A token is whole scalars, so a match cannot end inside one.
            if end == word.count || !UTF8Text.isContinuation(word[end]),
                let value = find(hashes[end - start - 1], word, start..<end)
            {
                return (value, end)
            }
            end -= 1
        }
        return nil
    }

    private func find(_ hash: UInt64, _ word: [UInt8], _ range: Range<Int>) -> Int32? {
        var slot = Self.slot(hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let key = Int(slots[slot] & 0xFFFF_FFFF) - 1
            if matches(key, hash, slots[slot], word, range) { return values[key] }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    @inline(__always)
    private func matches(
        _ key: Int, _ hash: UInt64, _ slot: UInt64, _ word: [UInt8], _ range: Range<Int>
    ) -> Bool {
        guard slot >> 32 == hash >> 32, Int(ends[key] - starts[key]) == range.count else { return false }
        let start = Int(starts[key])
        for offset in 0..<range.count where bytes[start + offset] != word[range.lowerBound + offset] { return false }
        return true
    }

    // FNV-1a (Fowler, Noll, Vo): the hash of every beginning of a word comes out on the way.
    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    @inline(__always)
    private static func slot(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash ^ hash >> 29) &* 0x9E37_79B9_7F4A_7C15 >> 32)
    }
}
