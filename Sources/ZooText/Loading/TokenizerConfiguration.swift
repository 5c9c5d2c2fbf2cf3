import ZooBase

/// What tokenizer_config.json and special_tokens_map.json say; either may be missing.
struct TokenizerConfiguration {
    static let file = "tokenizer_config.json"
    static let mapFile = "special_tokens_map.json"

    let lowercases: Bool
    let stripsAccents: Bool?
    let separatesIdeographs: Bool
    let modelMaximumLength: Int?
    /// The tokens that have a role, from the first file that names them.
    private let roles: [(role: SpecialTokens.Role, token: String)]
    /// Further tokens to recognise in the text, with their ids.
    let addedTokens: [AddedToken]

    init(configuration: [UInt8]?, map: [UInt8]?) throws(TextError) {
        let field = try Self.parse(configuration, Self.file)
        lowercases = try field.optional("do_lower_case")?.bool() ?? true
        stripsAccents = try field.optional("strip_accents")?.bool()
        separatesIdeographs = try field.optional("tokenize_chinese_chars")?.bool() ?? true
        // "No limit" is written as 10 to the 30, which is no 64-bit integer.
        let limit = try field.optional("model_max_length")
        if let integer = limit?.value.integer {
            guard integer > 0 else { throw limit?.wrong("a positive integer") ?? .missing(file: Self.file, place: "") }
            modelMaximumLength = integer > Int(Int32.max) ? nil : integer
        } else {
            guard limit == nil || limit?.value.number != nil else {
                throw limit?.wrong("a positive integer") ?? .missing(file: Self.file, place: "")
            }
            modelMaximumLength = nil
        }
        var roles: [(role: SpecialTokens.Role, token: String)] = []
        for field in [field, try Self.parse(map, Self.mapFile)] {
            for role in SpecialTokens.Role.allCases where !roles.contains(where: { $0.role == role }) {
                guard let value = try field.optional(role.rawValue) else { continue }
                // Written as a string, or as an object that holds it.
                let token = try (value.value.string == nil ? try value.required("content") : value).string()
                roles.append((role, token))
            }
        }
        self.roles = roles
        addedTokens = try (try field.optional("added_tokens_decoder")?.members() ?? []).map {
            name, field throws(TextError) in
            guard let id = Int32(name), id >= 0 else { throw field.wrong("an entry named by an id") }
            return try AddedToken(field, id: id)
        }
    }

    private static func parse(_ bytes: [UInt8]?, _ file: String) throws(TextError) -> JSONField {
        guard let bytes else { return JSONField(file: file, place: "", value: .object([])) }
        do {
            return JSONField(file: file, place: "", value: try JSONParser.parse(bytes))
        } catch {
            throw .invalidJSON(file: file, error)
        }
    }

    /// The token with `role`; BERT's own when the files do not say.
    func token(_ role: SpecialTokens.Role) -> String { named(role) ?? role.convention }

    private func named(_ role: SpecialTokens.Role) -> String? { roles.first { $0.role == role }?.token }

    /// The ids of the tokens that have a role.
    ///
    /// One that a file names must exist; BERT's own may be missing.
    func specialTokens(_ parts: TokenizerParts) throws(TextError) -> SpecialTokens {
        var result = SpecialTokens()
        for role in SpecialTokens.Role.allCases {
            let token = token(role)
            let id =
                parts.model.vocabulary.id(of: token)
                ?? parts.addedTokens.first { ExactString($0.content) == ExactString(token) }?.id
            if id == nil, named(role) != nil {
                throw .tokenNotInVocabulary(file: Self.file, role: role.rawValue, token: token)
            }
            result[role] = id
        }
        return result
    }
}
