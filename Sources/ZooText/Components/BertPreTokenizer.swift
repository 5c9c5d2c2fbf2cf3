/// Words end at white space; punctuation stands alone.
struct BertPreTokenizer: PreTokenizer {
    static let kind = "BertPreTokenizer"

    init() {}
    init(_ field: JSONField) throws(TextError) {}

    func role(of scalar: UInt32) -> WordRole {
        let flags = CharacterTable.shared[scalar]
        if flags.contains(.whiteSpace) { return .separator }
        return flags.contains(.punctuation) ? .alone : .inside
    }
}
