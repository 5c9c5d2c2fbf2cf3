/// Templates written out in the file.
struct TemplateProcessing: PostProcessor {
    static let kind = "TemplateProcessing"

    let single: Template
    let pair: Template

    init(_ field: JSONField) throws(TextError) {
        var special: [(name: String, ids: [Int32], tokens: [String])] = []
        for (name, member) in try field.required("special_tokens").members() {
            let ids = try member.required("ids").elements().map { field throws(TextError) in try field.id() }
            let tokens = try member.required("tokens").elements().map { field throws(TextError) in try field.string() }
            guard ids.count == tokens.count else { throw member.wrong("as many ids as tokens") }
            special.append((name, ids, tokens))
        }
        func template(_ name: String, sequences: [String]) throws(TextError) -> Template {
            var pieces: [Template.Piece] = []
            for piece in try field.required(name).elements() {
                if let sequence = try piece.optional("Sequence") {
                    let id = try sequence.required("id").choice(of: sequences)
                    pieces.append(.sequence(isSecond: id == "B", typeID: try sequence.required("type_id").id()))
                } else {
                    let token = try piece.required("SpecialToken")
                    let id = try token.required("id").string()
                    guard let found = special.first(where: { $0.name.utf8.elementsEqual(id.utf8) }) else {
                        throw .tokenNotInVocabulary(file: field.file, role: token.place, token: id)
                    }
                    let typeID = try token.required("type_id").id()
                    pieces.append(.special(ids: found.ids, tokens: found.tokens, typeID: typeID))
                }
            }
            return Template(pieces: pieces)
        }
        single = try template("single", sequences: ["A"])
        pair = try template("pair", sequences: ["A", "B"])
    }
}
