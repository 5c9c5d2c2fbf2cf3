/// BERT's cleaning (Devlin and others, 2018: `BasicTokenizer`), as the `tokenizers` library does it.
///
/// Controls are removed and white space made plain, ideographs set apart, accents stripped, capitals made small: in
/// this order, with the library's character classes.
struct BertNormalizer: Normalizer {
    static let kind = "BertNormalizer"

    private let cleansText: Bool
    private let separatesIdeographs: Bool
    private let stripsAccents: Bool
    private let lowercases: Bool

    init(cleansText: Bool, separatesIdeographs: Bool, stripsAccents: Bool?, lowercases: Bool) {
        self.cleansText = cleansText
        self.separatesIdeographs = separatesIdeographs
        self.stripsAccents = stripsAccents ?? lowercases
        self.lowercases = lowercases
    }

    init(_ field: JSONField) throws(TextError) {
        self.init(
            cleansText: try field.required("clean_text").bool(),
            separatesIdeographs: try field.required("handle_chinese_chars").bool(),
            stripsAccents: try field.optional("strip_accents")?.bool(),
            lowercases: try field.required("lowercase").bool())
    }

    func normalize(_ text: inout NormalizedText) {
        let table = CharacterTable.shared
        if cleansText || separatesIdeographs {
            text.replaceEach { scalar, emit in
                let flags = table[scalar]
                if cleansText, flags.contains(.whiteSpace), !flags.contains(.removed) {
                    emit(0x20)
                } else if separatesIdeographs, flags.contains(.ideograph) {
                    emit(0x20)
                    emit(scalar)
                    emit(0x20)
                } else if !(cleansText && flags.contains(.removed)) {
                    emit(scalar)
                }
            }
        }
        if stripsAccents {
            text.decompose(table)
            text.replaceEach { scalar, emit in
                if !table[scalar].contains(.mark) { emit(scalar) }
            }
        }
        if lowercases {
            text.replaceEach { scalar, emit in
                if table[scalar].contains(.upperCase) {
                    table.withLowerCase(of: scalar, emit)
                } else {
                    emit(scalar)
                }
            }
        }
    }

    func normalizedASCII(_ byte: UInt8) -> UInt8? {
        let flags = CharacterTable.shared[UInt32(byte)]
        if cleansText, flags.contains(.removed) { return nil }
        if cleansText, flags.contains(.whiteSpace) { return 0x20 }
        return lowercases && (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
    }
}
