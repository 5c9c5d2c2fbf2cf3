import ZooBase

/// What the tokenizers must know about a scalar.
struct CharacterFlags: OptionSet {
    let rawValue: UInt16

    /// Removed by BERT's cleaning: controls, formats, private use, U+0000, U+FFFD.
    static let removed = CharacterFlags(rawValue: 1)
    /// White space.
    static let whiteSpace = CharacterFlags(rawValue: 1 << 1)
    /// Punctuation, ASCII symbols among it.
    static let punctuation = CharacterFlags(rawValue: 1 << 2)
    /// An accent: a non-spacing mark.
    static let mark = CharacterFlags(rawValue: 1 << 3)
    /// An ideograph that BERT sets apart.
    static let ideograph = CharacterFlags(rawValue: 1 << 4)
    /// Part of a word (`\w`).
    static let word = CharacterFlags(rawValue: 1 << 5)
    /// Has a lower case that differs.
    static let upperCase = CharacterFlags(rawValue: 1 << 6)
    /// Has a canonical decomposition (Hangul syllables are not marked).
    static let decomposes = CharacterFlags(rawValue: 1 << 7)
    /// Has a combining class that is not zero.
    static let combines = CharacterFlags(rawValue: 1 << 8)
}

/// The character classes and mappings of `UnicodeData`, in a form for looking up.
struct CharacterTable {
    /// The tables, read on first use.
    static let shared = CharacterTable()

    /// Number of the block of 256 scalars in `flags`, by scalar / 256.
    private var blocks = [UInt16](repeating: 0, count: 0x1100)
    private var flags = [CharacterFlags](repeating: [], count: 256)
    private var lowerCase: [MappedRun] = []
    private var combiningClasses: [MappedRun] = []
    private var texts: [UInt32] = []
    private var decompositions: [MappedText] = []
    private var lowerCaseTexts: [MappedText] = []

    /// Scalars `step` apart from `first` to `last`; `value` is the difference to add, or the class.
    private struct MappedRun {
        let first: Int
        let last: Int
        let value: Int
    }

    /// A scalar and where in `texts` the scalars are that it becomes.
    private struct MappedText {
        let code: Int
        let range: Range<Int>
    }

    private init() {
        var builder = BlockBuilder()
        let sets: [(CharacterFlags, StaticString)] = [
            (.ideograph, UnicodeData.ideographs), (.word, UnicodeData.words), (.removed, UnicodeData.removed),
            (.whiteSpace, UnicodeData.whiteSpace), (.punctuation, UnicodeData.punctuation),
            (.mark, UnicodeData.marks),
        ]
        for (flag, text) in sets {
            for range in HexReader.ranges(text) { builder.insert(flag, range) }
        }
        var end = 0
        for entry in HexReader.entries(UnicodeData.lowerCase) {
            let (first, count, step) = (end + entry[0], entry[1], entry[2])
            end = first + (count - 1) * step + 1
            lowerCase.append(MappedRun(first: first, last: end - 1, value: entry[3]))
            for code in stride(from: first, to: end, by: step) { builder.insert(.upperCase, code..<code + 1) }
        }
        end = 0
        for entry in HexReader.entries(UnicodeData.combiningClasses) {
            let first = end + entry[0]
            end = first + entry[1]
            combiningClasses.append(MappedRun(first: first, last: end - 1, value: entry[2]))
            builder.insert(.combines, first..<end)
        }
        decompositions = Self.read(UnicodeData.decompositions, into: &texts)
        lowerCaseTexts = Self.read(UnicodeData.lowerCaseTexts, into: &texts)
        for mapping in decompositions { builder.insert(.decomposes, mapping.code..<mapping.code + 1) }
        for mapping in lowerCaseTexts { builder.insert(.upperCase, mapping.code..<mapping.code + 1) }
        (blocks, flags) = (builder.blocks, builder.flags)
    }

    private static func read(_ text: StaticString, into texts: inout [UInt32]) -> [MappedText] {
        var mappings: [MappedText] = []
        var reader = HexReader(text)
        var end = 0
        while reader.nextEntry(), let gap = reader.number() {
            let start = texts.count
            while let number = reader.number() { texts.append(UInt32(number)) }
            mappings.append(MappedText(code: end + gap, range: start..<texts.count))
            end += gap + 1
        }
        return mappings
    }

    /// The classes of a scalar value.
    @inline(__always)
    subscript(_ scalar: UInt32) -> CharacterFlags {
        flags[Int(blocks[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
    }

    /// Calls `body` with each scalar of the lower case of `scalar`, which must be marked `upperCase`.
    func withLowerCase(of scalar: UInt32, _ body: (UInt32) -> Void) {
        let code = Int(scalar)
        if let mapping = Self.find(code, in: lowerCaseTexts) {
            for index in mapping.range { body(texts[index]) }
        } else if let run = Self.find(code, in: lowerCase) {
            body(UInt32(code + run.value))
        }
    }

    /// Calls `body` with each scalar of the canonical decomposition of `scalar`, which must be marked `decomposes`.
    func withDecomposition(of scalar: UInt32, _ body: (UInt32) -> Void) {
        guard let mapping = Self.find(Int(scalar), in: decompositions) else { return }
        for index in mapping.range { body(texts[index]) }
    }

    /// The canonical combining class.
    func combiningClass(of scalar: UInt32) -> Int {
        guard self[scalar].contains(.combines) else { return 0 }
        return Self.find(Int(scalar), in: combiningClasses)?.value ?? 0
    }

    private static func find(_ code: Int, in mappings: [MappedText]) -> MappedText? {
        let index = mappings.partitioningIndex { $0.code >= code }
        return index < mappings.count && mappings[index].code == code ? mappings[index] : nil
    }

    private static func find(_ code: Int, in runs: [MappedRun]) -> MappedRun? {
        let index = runs.partitioningIndex { $0.last >= code }
        return index < runs.count && runs[index].first <= code ? runs[index] : nil
    }
}

/// Fills the blocks of a `CharacterTable`; blocks that a run covers whole are shared, so the table stays small.
private struct BlockBuilder {
    var blocks = [UInt16](repeating: 0, count: 0x1100)
    var flags = [CharacterFlags](repeating: [], count: 256)
    private var isShared = [true]
    /// The shared block that another becomes when a flag is added to all of it.
    private var whole: [WholeKey: UInt16] = [:]

    private struct WholeKey: Hashable {
        let block: UInt16
        let flag: UInt16
    }

    mutating func insert(_ flag: CharacterFlags, _ range: Range<Int>) {
        for number in range.lowerBound >> 8...(range.upperBound - 1) >> 8 {
            let start = number << 8
            let part = range.clamped(to: start..<start + 256)
            if part.count == 256, isShared[Int(blocks[number])] {
                let key = WholeKey(block: blocks[number], flag: flag.rawValue)
                if let known = whole[key] {
                    blocks[number] = known
                    continue
                }
                blocks[number] = copy(blocks[number], isShared: true)
                whole[key] = blocks[number]
            } else if isShared[Int(blocks[number])] {
                blocks[number] = copy(blocks[number], isShared: false)
            }
            let base = Int(blocks[number]) << 8 - start
            for code in part { flags[base + code].insert(flag) }
        }
    }

    private mutating func copy(_ block: UInt16, isShared: Bool) -> UInt16 {
        let start = Int(block) << 8
        flags += flags[start..<start + 256]
        self.isShared.append(isShared)
        return UInt16(self.isShared.count - 1)
    }
}
