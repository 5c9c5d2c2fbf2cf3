/// Makes BERT's tokenizer of vocab.txt: one token a line, its number the id.
enum VocabularyFile {
    static let name = "vocab.txt"

    static func read(_ bytes: [UInt8], _ configuration: TokenizerConfiguration) throws(TextError) -> TokenizerParts {
        let vocabulary = try vocabulary(bytes)
        let model = try WordPiece(
            vocabulary: vocabulary, unknownToken: configuration.token(.unknown), prefix: "##", maximumScalars: 100,
            file: name)
        func required(_ role: SpecialTokens.Role) throws(TextError) -> (token: String, id: Int32) {
            let token = configuration.token(role)
            guard let id = vocabulary.id(of: token) else {
                throw .tokenNotInVocabulary(file: name, role: role.rawValue, token: token)
            }
            return (token, id)
        }
        var addedTokens = AddedTokens(file: TokenizerConfiguration.file, vocabulary)
        for token in configuration.addedTokens { try addedTokens.append(token) }
        for role in SpecialTokens.Role.allCases {
            let token = configuration.token(role)
            guard let id = vocabulary.id(of: token), !addedTokens.tokens.contains(where: { $0.id == id }) else {
                continue
            }
            try addedTokens.append(AddedToken(id: id, content: token))
        }
        return TokenizerParts(
            normalizer: BertNormalizer(
                cleansText: true, separatesIdeographs: configuration.separatesIdeographs,
                stripsAccents: configuration.stripsAccents, lowercases: configuration.lowercases),
            preTokenizer: BertPreTokenizer(),
            model: model,
            postProcessor: BertProcessing(classifier: try required(.classifier), separator: try required(.separator)),
            decoder: WordPieceDecoder(prefix: "##", cleansUp: true),
            addedTokens: addedTokens.tokens)
    }

    /// A token that is listed twice has its last number; numbers count lines.
    private static func vocabulary(_ bytes: [UInt8]) throws(TextError) -> Vocabulary {
        var builder = Vocabulary.Builder()
        var (start, line) = (0, 0)
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var token = bytes[start..<end]
            if token.last == UInt8(ascii: "\r") { token.removeLast() }
            guard String(validating: token, as: UTF8.self) != nil else {
                throw .notUTF8(file: name, line: line + 1)
            }
            builder.bytes += token
            builder.endToken(id: Int32(line))
            line += 1
            start = end + 1
        }
        return try Vocabulary(builder, file: name, keepsLast: true)
    }
}
