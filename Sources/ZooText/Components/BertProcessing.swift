/// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, with type 1 from B on (Devlin and others, 2018).
struct BertProcessing: PostProcessor {
    static let kind = "BertProcessing"

    let single: Template
    let pair: Template

    init(classifier: (token: String, id: Int32), separator: (token: String, id: Int32)) {
        func special(_ token: (token: String, id: Int32), _ typeID: Int32) -> Template.Piece {
            .special(ids: [token.id], tokens: [token.token], typeID: typeID)
        }
        let first: [Template.Piece] = [
            special(classifier, 0), .sequence(isSecond: false, typeID: 0), special(separator, 0),
        ]
        single = Template(pieces: first)
        pair = Template(pieces: first + [.sequence(isSecond: true, typeID: 1), special(separator, 1)])
    }

    init(_ field: JSONField) throws(TextError) {
        self.init(classifier: try Self.token(field, "cls"), separator: try Self.token(field, "sep"))
    }

    private static func token(_ field: JSONField, _ name: String) throws(TextError) -> (token: String, id: Int32) {
        let field = try field.required(name)
        let elements = try field.elements()
        guard elements.count == 2 else { throw field.wrong("a token and its id") }
        return (try elements[0].string(), try elements[1].id())
    }
}
