/// Joins word pieces: a piece with the prefix continues the word before it, others begin a new one; then, if asked to,
/// takes away the spaces that tokenization put before punctuation and English contractions.
struct WordPieceDecoder: Decoder {
    static let kind = "WordPiece"

    private let prefix: [UInt8]
    private let cleansUp: Bool

    init(prefix: String, cleansUp: Bool) {
        self.prefix = Array(prefix.utf8)
        self.cleansUp = cleansUp
    }

    init(_ field: JSONField) throws(TextError) {
        self.init(prefix: try field.required("prefix").string(), cleansUp: try field.required("cleanup").bool())
    }

    func text(_ tokens: [String]) -> String {
        var output: [UInt8] = []
        for (index, token) in tokens.enumerated() {
            var bytes = Array(token.utf8)
            if index > 0 {
                if bytes.starts(with: prefix) {
                    bytes.removeFirst(prefix.count)
                } else {
                    bytes.insert(0x20, at: 0)
                }
            }
            if cleansUp {
                for (old, new) in Self.replacements { bytes = Self.replace(old, with: new, in: bytes) }
            }
            output += bytes
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Applied to each token by itself, one after the other, as the library does.
    private static let replacements: [([UInt8], [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.utf8), Array($1.utf8)) }

    private static func replace(_ old: [UInt8], with new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= old.count else { return bytes }
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: old) {
                output += new
                index += old.count
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return output
    }
}
