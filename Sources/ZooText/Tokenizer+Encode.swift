extension Tokenizer {
    /// The tokens of `text`, or of `text` and `pair`.
    ///
    /// - Parameters:
    ///   - maximumLength: the most tokens to return, special tokens counted (they always stay); a pair loses tokens
    ///     from the longer text first. nil: as `truncation` says.
    ///   - addsSpecialTokens: whether the template's special tokens are put around the text.
    public func encode(
        _ text: String, pair: String? = nil, maximumLength: Int? = nil, addsSpecialTokens: Bool = true
    ) -> Encoding {
        encode(
            utf8: Array(text.utf8), pair: pair.map { Array($0.utf8) }, maximumLength: maximumLength,
            addsSpecialTokens: addsSpecialTokens)
    }

    /// The tokens of bytes that should be UTF-8: what is not is read as U+FFFD, one for each maximal ill-formed part.
    public func encode(
        utf8 text: [UInt8], pair: [UInt8]? = nil, maximumLength: Int? = nil, addsSpecialTokens: Bool = true
    ) -> Encoding {
        var encoder = Encoder(self, maximumLength, addsSpecialTokens, wantsOffsets: true)
        return encoder.encoding(text, pair)
    }

    /// The ids of `text`, or of `text` and `pair`: what `encode` gives, without tokens and offsets, and faster.
    public func encodeIDs(
        _ text: String, pair: String? = nil, maximumLength: Int? = nil, addsSpecialTokens: Bool = true
    ) -> EncodedIDs {
        var encoder = Encoder(self, maximumLength, addsSpecialTokens, wantsOffsets: false)
        return encoder.ids(Array(text.utf8), pair.map { Array($0.utf8) })
    }

    /// What `encode` gives for each text, in their order, computed by several threads.
    ///
    /// `pairs`, when there are any, must be as many as `texts`.
    public func encodeBatch(
        _ texts: [String], pairs: [String]? = nil, maximumLength: Int? = nil, addsSpecialTokens: Bool = true,
        threads: Int = 1
    ) -> [Encoding] {
        precondition(pairs == nil || pairs?.count == texts.count, "as many second texts as first ones")
        return Workers.map(texts.count, threads: threads) {
            Encoder(self, maximumLength, addsSpecialTokens, wantsOffsets: true)
        } body: { encoder, index in
            encoder.encoding(Array(texts[index].utf8), pairs.map { Array($0[index].utf8) })
        }
    }

    /// What `encodeIDs` gives for each text, in their order, computed by several threads.
    ///
    /// `pairs`, when there are any, must be as many as `texts`.
    public func encodeIDsBatch(
        _ texts: [String], pairs: [String]? = nil, maximumLength: Int? = nil, addsSpecialTokens: Bool = true,
        threads: Int = 1
    ) -> [EncodedIDs] {
        precondition(pairs == nil || pairs?.count == texts.count, "as many second texts as first ones")
        return Workers.map(texts.count, threads: threads) {
            Encoder(self, maximumLength, addsSpecialTokens, wantsOffsets: false)
        } body: { encoder, index in
            encoder.ids(Array(texts[index].utf8), pairs.map { Array($0[index].utf8) })
        }
    }
}

/// Encodes one text after the other with the same options and the same working room.
private struct Encoder {
    let tokenizer: Tokenizer
    let truncation: Truncation?
    let addsSpecialTokens: Bool
    private var first: TokenList
    private var second: TokenList
    private var workspace = Pipeline.Workspace()

    init(_ tokenizer: Tokenizer, _ maximumLength: Int?, _ addsSpecialTokens: Bool, wantsOffsets: Bool) {
        self.tokenizer = tokenizer
        self.addsSpecialTokens = addsSpecialTokens
        if let maximumLength {
            let side = tokenizer.truncation?.side ?? .right
            truncation = Truncation(maximumLength: max(0, maximumLength), side: side)
        } else {
            truncation = tokenizer.truncation
        }
        first = TokenList(wantsOffsets: wantsOffsets)
        second = TokenList(wantsOffsets: wantsOffsets)
    }

    /// Tokenizes both texts; returns the tokens of each that stay, and how many do not.
    private mutating func tokenize(
        _ text: [UInt8], _ pair: [UInt8]?
    ) -> (first: Range<Int>, second: Range<Int>, cut: Int) {
        first.removeAll()
        second.removeAll()
        tokenizer.pipeline.tokenize(text, into: &first, &workspace)
        if let pair { tokenizer.pipeline.tokenize(pair, into: &second, &workspace) }
        let counts = (first: first.ids.count, second: second.ids.count)
        guard let truncation else { return (0..<counts.first, 0..<counts.second, 0) }
        let template = pair == nil ? tokenizer.single : tokenizer.pair
        let room = max(0, truncation.maximumLength - (addsSpecialTokens ? template.addedCount : 0))
        let kept = Truncation.longestFirst(counts.first, counts.second, room: room)
        func range(_ kept: Int, of count: Int) -> Range<Int> {
            truncation.side == .right ? 0..<kept : count - kept..<count
        }
        return (
            range(kept.first, of: counts.first), range(kept.second, of: counts.second),
            counts.first + counts.second - kept.first - kept.second
        )
    }

    mutating func ids(_ text: [UInt8], _ pair: [UInt8]?) -> EncodedIDs {
        let kept = tokenize(text, pair)
        let template = pair == nil ? tokenizer.single : tokenizer.pair
        var result = EncodedIDs(truncatedTokenCount: kept.cut)
        let count = kept.first.count + kept.second.count + template.addedCount
        result.ids.reserveCapacity(count)
        result.typeIDs.reserveCapacity(count)
        for piece in template.pieces {
            let typeID: Int32
            switch piece {
            case .sequence(let isSecond, let type):
                result.ids += isSecond ? second.ids[kept.second] : first.ids[kept.first]
                typeID = type
            case .special(let ids, _, let type):
                if addsSpecialTokens { result.ids += ids }
                typeID = type
            }
            while result.typeIDs.count < result.ids.count { result.typeIDs.append(typeID) }
        }
        return result
    }

    mutating func encoding(_ text: [UInt8], _ pair: [UInt8]?) -> Encoding {
        let kept = tokenize(text, pair)
        let template = pair == nil ? tokenizer.single : tokenizer.pair
        var result = Encoding(truncatedTokenCount: kept.cut)
        for piece in template.pieces {
            switch piece {
            case .sequence(let isSecond, let typeID):
                let (list, range) = isSecond ? (second, kept.second) : (first, kept.first)
                result.ids += list.ids[range]
                result.offsets += list.offsets[range]
                for index in range {
                    result.tokens.append(
                        list.addedTexts[index] ?? tokenizer.pipeline.model.vocabulary.token(list.ids[index]) ?? "")
                }
                result.typeIDs += repeatElement(typeID, count: range.count)
                result.specialTokensMask += repeatElement(false, count: range.count)
            case .special(let ids, let tokens, let typeID):
                guard addsSpecialTokens else { continue }
                result.ids += ids
                result.tokens += tokens
                result.offsets += repeatElement(0..<0, count: ids.count)
                result.typeIDs += repeatElement(typeID, count: ids.count)
                result.specialTokensMask += repeatElement(true, count: ids.count)
            }
        }
        return result
    }
}
