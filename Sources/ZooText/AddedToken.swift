/// A token that is recognised in the text itself, before words are split.
public struct AddedToken: Sendable, Hashable {
    /// Its id.
    public let id: Int32
    /// What it looks like in a text.
    public let content: String
    /// Left out when ids are decoded.
    public let isSpecial: Bool
    /// Looked for in the normalized text, in its normalized form.
    public let isNormalized: Bool
    /// Not recognised beside a word character.
    public let isSingleWord: Bool
    /// Takes the white space before it along.
    public let stripsLeft: Bool
    /// Takes the white space after it along.
    public let stripsRight: Bool

    /// Makes a token; by default as special tokens are: taken literally wherever it stands.
    public init(
        id: Int32, content: String, isSpecial: Bool = true, isNormalized: Bool = false, isSingleWord: Bool = false,
        stripsLeft: Bool = false, stripsRight: Bool = false
    ) {
        self.id = id
        self.content = content
        self.isSpecial = isSpecial
        self.isNormalized = isNormalized
        self.isSingleWord = isSingleWord
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
    }
}

/// Finds added tokens in UTF-8: leftmost, of those the longest.
struct AddedTokenMatcher {
    /// A part of a text: an added token, or what lies between two.
    struct Part {
        let token: AddedToken?
        let range: Range<Int>
    }

    private let patterns: [(bytes: [UInt8], token: AddedToken)]
    private let isFirst: [Bool]

    /// Makes a matcher for `tokens`, each as the bytes to look for.
    init(_ tokens: [(bytes: [UInt8], token: AddedToken)]) {
        // Stable for equal lengths; equal patterns have been refused.
        patterns = tokens.filter { !$0.bytes.isEmpty }.sorted { $0.bytes.count > $1.bytes.count }
        var isFirst = [Bool](repeating: false, count: 256)
        for pattern in patterns { isFirst[Int(pattern.bytes[0])] = true }
        self.isFirst = isFirst
    }

    /// Whether there is nothing to look for.
    var isEmpty: Bool { patterns.isEmpty }

    /// Cuts well-formed `bytes` at the added tokens in them; parts without a byte are left out.
    func parts(_ bytes: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var (done, index) = (0, 0)
        while index < bytes.count {
            guard isFirst[Int(bytes[index])], let (pattern, token) = match(bytes, at: index) else {
                index += 1
                continue
            }
            var (start, end) = (index, index + pattern.count)
            index = end
            if token.isSingleWord, touchesWord(bytes, start, end) { continue }
            if token.stripsLeft { start = max(startOfSpace(bytes, before: start), done) }
            if token.stripsRight { end = endOfSpace(bytes, after: end) }
            if done < start { parts.append(Part(token: nil, range: done..<start)) }
            parts.append(Part(token: token, range: start..<end))
            done = end
        }
        if done < bytes.count { parts.append(Part(token: nil, range: done..<bytes.count)) }
        return parts
    }

    private func match(_ bytes: [UInt8], at index: Int) -> ([UInt8], AddedToken)? {
        for (pattern, token) in patterns where bytes.count - index >= pattern.count {
            if bytes[index..<index + pattern.count].elementsEqual(pattern) { return (pattern, token) }
        }
        return nil
    }

    private func touchesWord(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        let table = CharacterTable.shared
        if let (scalar, _) = scalar(bytes, before: start), table[scalar].contains(.word) { return true }
        var index = end
        return end < bytes.count && table[UTF8Text.scalar(bytes, &index)].contains(.word)
    }

    private func startOfSpace(_ bytes: [UInt8], before index: Int) -> Int {
        var start = index
        while let (scalar, place) = scalar(bytes, before: start),
            CharacterTable.shared[scalar].contains(.whiteSpace)
        {
            start = place
        }
        return start
    }

    private func endOfSpace(_ bytes: [UInt8], after index: Int) -> Int {
        var end = index
        while end < bytes.count {
            var next = end
            guard CharacterTable.shared[UTF8Text.scalar(bytes, &next)].contains(.whiteSpace) else { break }
            end = next
        }
        return end
    }

    private func scalar(_ bytes: [UInt8], before index: Int) -> (scalar: UInt32, place: Int)? {
        guard index > 0 else { return nil }
        var place = index - 1
        while place > 0, UTF8Text.isContinuation(bytes[place]) { place -= 1 }
        var next = place
        return (UTF8Text.scalar(bytes, &next), place)
    }
}
