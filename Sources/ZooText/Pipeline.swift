/// From the bytes of one text to its tokens: added tokens, normalizer, pre-tokenizer, model.
struct Pipeline: Sendable {
    let normalizer: (any Normalizer)?
    let preTokenizer: (any PreTokenizer)?
    let model: any Model
    private let literalTokens: AddedTokenMatcher
    private let normalizedTokens: AddedTokenMatcher
    /// What each ASCII byte does by itself, for runs of ASCII; empty when added tokens must be looked for in the
    /// normalized text.
    private let asciiSteps: [ASCIIStep]

    /// What one ASCII byte does.
    private enum ASCIIStep {
        case inside(UInt8)
        case alone(UInt8)
        case separator
        case removed
    }

    /// Room to work in, kept from text to text.
    struct Workspace {
        fileprivate var word: [UInt8] = []
        /// For each byte of the word, the scalars of the text it comes from.
        fileprivate var starts: [Int32] = []
        fileprivate var ends: [Int32] = []
        fileprivate var pieces = WordPieces()
    }

    init(
        normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?, model: any Model, addedTokens: [AddedToken]
    ) {
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        self.model = model
        literalTokens = AddedTokenMatcher(
            addedTokens.filter { !$0.isNormalized }.map { (Array($0.content.utf8), $0) })
        normalizedTokens = AddedTokenMatcher(
            addedTokens.filter(\.isNormalized).map { (Self.normalized($0.content, normalizer), $0) })
        guard normalizedTokens.isEmpty else {
            asciiSteps = []
            return
        }
        asciiSteps = (UInt8(0)..<128).map { byte in
            guard let normal = normalizer == nil ? byte : normalizer?.normalizedASCII(byte) else { return .removed }
            switch preTokenizer?.role(of: UInt32(normal)) ?? .inside {
            case .inside: return .inside(normal)
            case .alone: return .alone(normal)
            case .separator: return .separator
            }
        }
    }

    /// The UTF-8 of `text` after `normalizer`.
    static func normalized(_ text: String, _ normalizer: (any Normalizer)?) -> [UInt8] {
        let bytes = Array(text.utf8)
        var text = NormalizedText(bytes, 0..<bytes.count, position: 0)
        normalizer?.normalize(&text)
        return text.utf8(0..<text.count)
    }

    /// Appends the tokens of `input`, which may be invalid UTF-8, to `list`.
    func tokenize(_ input: [UInt8], into list: inout TokenList, _ workspace: inout Workspace) {
        let isASCII = !input.contains { $0 >= 0x80 }
        let bytes = isASCII ? input : UTF8Text.repaired(input)
        var position = 0
        for part in literalTokens.parts(bytes) {
            let count = isASCII ? part.range.count : UTF8Text.scalarCount(bytes, part.range)
            if let token = part.token {
                list.append(token, text: Array(bytes[part.range]), position..<position + count)
            } else if !asciiSteps.isEmpty, count == part.range.count {
                tokenizeASCII(bytes, part.range, position, into: &list, &workspace)
            } else {
                tokenizeScalars(bytes, part.range, position, into: &list, &workspace)
            }
            position += count
        }
    }

    /// The same as `tokenizeScalars` gives, for bytes that are all ASCII.
    private func tokenizeASCII(
        _ bytes: [UInt8], _ range: Range<Int>, _ position: Int, into list: inout TokenList,
        _ workspace: inout Workspace
    ) {
        let shift = position - range.lowerBound
        for index in range {
            switch asciiSteps[Int(bytes[index])] {
            case .inside(let byte):
                workspace.word.append(byte)
                if list.wantsOffsets { workspace.starts.append(Int32(index + shift)) }
            case .alone(let byte):
                endASCIIWord(&list, &workspace)
                workspace.word.append(byte)
                if list.wantsOffsets { workspace.starts.append(Int32(index + shift)) }
                endASCIIWord(&list, &workspace)
            case .separator: endASCIIWord(&list, &workspace)
            case .removed: break
            }
        }
        endASCIIWord(&list, &workspace)
    }

    @inline(__always)
    private func endASCIIWord(_ list: inout TokenList, _ workspace: inout Workspace) {
        guard !workspace.word.isEmpty else { return }
        if list.wantsOffsets { workspace.ends = workspace.starts.map { $0 + 1 } }
        endWord(&list, &workspace)
    }

    private func tokenizeScalars(
        _ bytes: [UInt8], _ range: Range<Int>, _ position: Int, into list: inout TokenList,
        _ workspace: inout Workspace
    ) {
        var text = NormalizedText(bytes, range, position: position)
        normalizer?.normalize(&text)
        guard !normalizedTokens.isEmpty else {
            split(text, 0..<text.count, into: &list, &workspace)
            return
        }
        let normalized = text.utf8(0..<text.count)
        var start = 0
        for part in normalizedTokens.parts(normalized) {
            // lstrip may reach back, never before the end of the part before.
            let count = UTF8Text.scalarCount(normalized, part.range)
            let scalars = start..<start + count
            if let token = part.token {
                let covered = Int(text.starts[scalars.lowerBound])..<Int(text.ends[scalars.upperBound - 1])
                list.append(token, text: Array(normalized[part.range]), covered)
            } else {
                split(text, scalars, into: &list, &workspace)
            }
            start += count
        }
    }

    private func split(
        _ text: NormalizedText, _ range: Range<Int>, into list: inout TokenList, _ workspace: inout Workspace
    ) {
        for index in range {
            let role = preTokenizer?.role(of: text.scalars[index]) ?? .inside
            if role != .inside { endWord(&list, &workspace) }
            if role != .separator {
                let count = UTF8Text.append(text.scalars[index], to: &workspace.word)
                if list.wantsOffsets {
                    for _ in 0..<count {
                        workspace.starts.append(text.starts[index])
                        workspace.ends.append(text.ends[index])
                    }
                }
            }
            if role == .alone { endWord(&list, &workspace) }
        }
        endWord(&list, &workspace)
    }

    /// Gives the word at hand to the model.
    private func endWord(_ list: inout TokenList, _ workspace: inout Workspace) {
        guard !workspace.word.isEmpty else { return }
        workspace.pieces.removeAll()
        model.split(workspace.word, into: &workspace.pieces)
        list.ids += workspace.pieces.ids
        if list.wantsOffsets {
            var start = 0
            for end in workspace.pieces.ends {
                list.offsets.append(Int(workspace.starts[start])..<Int(workspace.ends[end - 1]))
                start = end
            }
        }
        workspace.word.removeAll(keepingCapacity: true)
        workspace.starts.removeAll(keepingCapacity: true)
        workspace.ends.removeAll(keepingCapacity: true)
    }
}
