/// The tokens of one text, before special tokens are added.
struct TokenList {
    /// The ids.
    var ids: [Int32] = []
    /// The scalars each token covers; empty when they are not wanted.
    var offsets: [Range<Int>] = []
    /// The texts of added tokens, by index; empty when offsets are not wanted.
    var addedTexts: [Int: String] = [:]

    let wantsOffsets: Bool

    init(wantsOffsets: Bool) { self.wantsOffsets = wantsOffsets }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        addedTexts.removeAll(keepingCapacity: true)
    }

    /// Appends an added token that stands in the text as `text` and covers `range`.
    mutating func append(_ token: AddedToken, text: @autoclosure () -> [UInt8], _ range: Range<Int>) {
        if wantsOffsets {
            addedTexts[ids.count] = String(decoding: text(), as: UTF8.self)
            offsets.append(range)
        }
        ids.append(token.id)
    }
}
