import ZooBase
import ZooText

/// The files under `Fixtures/`.
enum Fixtures {
    static let root = FilePaths.join(
        FilePaths.parent(of: FilePaths.parent(of: FilePaths.parent(of: #filePath))), "Fixtures")
    static let compact = FilePaths.join(root, "mirror/minilm-l3-compact")
    static let goldens = FilePaths.join(root, "tokenizers")

    static func files(_ folder: String, _ names: String...) throws -> [(name: String, bytes: [UInt8])] {
        try names.map { ($0, try FilePaths.read(FilePaths.join(folder, $0))) }
    }

    /// The tokenizer of the compact base, without truncation.
    static func compactTokenizer() throws -> Tokenizer {
        var tokenizer = try Tokenizer.load(files: files(compact, "tokenizer.json", "tokenizer_config.json"))
        tokenizer.truncation = nil
        return tokenizer
    }

    /// A tokenizer.json of `tokens`, with parts that a test may replace.
    static func document(
        tokens: [String] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##b", "ab", "##c", "é"],
        replacing parts: [String: JSON] = [:], without missing: String? = nil
    ) -> [UInt8] {
        let special: [JSON] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].enumerated().map { id, token in
            ["id": .integer(id), "content": .string(token), "special": true, "normalized": false]
        }
        let vocabulary = tokens.enumerated().map { JSONMember($1, .integer($0)) }
        let members: [(String, JSON)] = [
            ("version", "1.0"), ("truncation", .null), ("padding", .null), ("added_tokens", .array(special)),
            (
                "normalizer",
                [
                    "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                    "strip_accents": .null, "lowercase": true,
                ]
            ),
            ("pre_tokenizer", ["type": "BertPreTokenizer"]),
            ("post_processor", ["type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]]),
            ("decoder", ["type": "WordPiece", "prefix": "##", "cleanup": true]),
            (
                "model",
                [
                    "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                    "max_input_chars_per_word": 5, "vocab": .object(vocabulary),
                ]
            ),
        ]
        let kept = members.filter { $0.0 != missing }
        return Array(JSON.object(kept.map { JSONMember($0, parts[$0] ?? $1) }).text(.pretty).utf8)
    }

    static func small(replacing parts: [String: JSON] = [:], without missing: String? = nil) throws -> Tokenizer {
        try Tokenizer.load(files: [("tokenizer.json", document(replacing: parts, without: missing))])
    }
}
