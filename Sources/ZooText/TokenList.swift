/// The tokens of one text, before special tokens are added.
struct TokenList {
    /// The ids.
    var ids: [Int32] = []
    /// The scalars each token covers; empty when they are not wanted.
    var offsets: [Range<Int>] = []
    /// The texts of added tokens, by index; empty when offsets are not wanted.
    var addedTexts: [Int: String] = [:]
    /// How many tokens there are up to the end of each word, and whether the word is an added token; empty when not
    /// wanted.
    var words: [(end: Int, isAdded: Bool)] = []

    let wantsOffsets: Bool
    let wantsWords: Bool

    init(wantsOffsets: Bool, wantsWords: Bool) {
        self.wantsOffsets = wantsOffsets
        self.wantsWords = wantsWords
    }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        addedTexts.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
    }

    /// Ends the word whose tokens were appended last.
    mutating func endWord(isAdded: Bool = false) {
        if wantsWords { words.append((ids.count, isAdded)) }
    }

    /// Appends an added token that stands in the text as `text` and covers `range`.
    mutating func append(_ token: AddedToken, text: @autoclosure () -> [UInt8], _ range: Range<Int>) {
        if wantsOffsets {
            addedTexts[ids.count] = String(decoding: text(), as: UTF8.self)
            offsets.append(range)
        }
        ids.append(token.id)
        endWord(isAdded: true)
    }

    /// How many tokens the `tokenizers` library has made when it stops: at the end of the word in which it reaches
    /// `limit`, coming from the other side than is cut; added tokens alone never make it stop.
    func countSeen(limit: Int, side: Truncation.Side) -> Int {
        var seen = 0
        let order = side == .right ? Array(words.indices) : words.indices.reversed()
        for index in order {
            seen += words[index].end - (index > 0 ? words[index - 1].end : 0)
            if !words[index].isAdded, seen >= limit { break }
        }
        return seen
    }
}
