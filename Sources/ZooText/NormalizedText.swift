/// Scalars on their way to tokens, each with the scalars of the original text it came from.
struct NormalizedText {
    /// The scalar values.
    private(set) var scalars: [UInt32] = []
    /// For each scalar, the position in the original text where its source begins.
    private(set) var starts: [Int32] = []
    /// For each scalar, the position in the original text where its source ends.
    private(set) var ends: [Int32] = []

    /// Reads `range` of well-formed UTF-8, whose first scalar is number `position` of the original text.
    init(_ bytes: [UInt8], _ range: Range<Int>, position: Int) {
        reserveCapacity(range.count)
        var index = range.lowerBound
        var position = Int32(position)
        while index < range.upperBound {
            append(UTF8Text.scalar(bytes, &index), position, position + 1)
            position += 1
        }
    }

    /// No scalars.
    private init(capacity: Int) { reserveCapacity(capacity) }

    private mutating func reserveCapacity(_ capacity: Int) {
        scalars.reserveCapacity(capacity)
        starts.reserveCapacity(capacity)
        ends.reserveCapacity(capacity)
    }

    /// Number of scalars.
    var count: Int { scalars.count }

    @inline(__always)
    private mutating func append(_ scalar: UInt32, _ start: Int32, _ end: Int32) {
        scalars.append(scalar)
        starts.append(start)
        ends.append(end)
    }

    /// Puts in the place of each scalar what `body` gives to the closure it is handed; all share the source.
    mutating func replaceEach(_ body: (UInt32, (UInt32) -> Void) -> Void) {
        var output = NormalizedText(capacity: count + count / 4)
        for index in scalars.indices {
            let (start, end) = (starts[index], ends[index])
            body(scalars[index]) { output.append($0, start, end) }
        }
        self = output
    }

    /// Canonical decomposition (Unicode 3.11), with the alignment the `tokenizers` library gives: the scalars that come
    /// out are matched with the sources in the order in which they come out, after marks have been sorted.
    mutating func decompose(_ table: CharacterTable) {
        guard scalars.contains(where: { Self.changes($0, table) }) else { return }
        var output = NormalizedText(capacity: count + count / 4)
        /// How many sources have been used up: a first scalar takes the next, a further one shares the last.
        var used = 0
        var pending: [(scalar: UInt32, combiningClass: Int, isFirst: Bool)] = []
        func flush() {
            if pending.count > 1, pending.contains(where: { $0.combiningClass > 0 }) {
                // A stable sort: marks of one class keep their order.
                for index in pending.indices.dropFirst() {
                    var place = index
                    while place > 0, pending[place - 1].combiningClass > pending[place].combiningClass {
                        pending.swapAt(place - 1, place)
                        place -= 1
                    }
                }
            }
            for item in pending {
                if item.isFirst { used += 1 }
                output.append(item.scalar, starts[used - 1], ends[used - 1])
            }
            pending.removeAll(keepingCapacity: true)
        }
        for scalar in scalars {
            var isFirst = true
            func add(_ part: UInt32) {
                let combiningClass = table.combiningClass(of: part)
                if combiningClass == 0 { flush() }
                pending.append((part, combiningClass, isFirst))
                isFirst = false
            }
            if Self.hangul.contains(scalar) {
                Self.decomposeHangul(scalar, add)
            } else if table[scalar].contains(.decomposes) {
                table.withDecomposition(of: scalar, add)
            } else {
                add(scalar)
            }
        }
        flush()
        self = output
    }

    private static let hangul: Range<UInt32> = 0xAC00..<0xAC00 + 11172

    private static func changes(_ scalar: UInt32, _ table: CharacterTable) -> Bool {
        scalar >= 0xC0
            && (hangul.contains(scalar) || !table[scalar].intersection([.decomposes, .combines]).isEmpty)
    }

    /// Arithmetic decomposition of syllables (Unicode 3.12).
    private static func decomposeHangul(_ syllable: UInt32, _ add: (UInt32) -> Void) {
        let index = syllable - hangul.lowerBound
        add(0x1100 + index / 588)
        add(0x1161 + index % 588 / 28)
        if index % 28 > 0 { add(0x11A7 + index % 28) }
    }

    /// The UTF-8 of `range`.
    func utf8(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in range { UTF8Text.append(scalars[index], to: &bytes) }
        return bytes
    }

    /// The scalars of `range` as a text of their own.
    func slice(_ range: Range<Int>) -> NormalizedText {
        var part = NormalizedText(capacity: 0)
        part.scalars = Array(scalars[range])
        part.starts = Array(starts[range])
        part.ends = Array(ends[range])
        return part
    }
}
