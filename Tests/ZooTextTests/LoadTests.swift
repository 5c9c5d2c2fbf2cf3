import Testing
import ZooBase
import ZooText

@Suite struct LoadTests {
    private func error(_ bytes: [UInt8]) -> TextError? {
        #expect(throws: TextError.self) { try Tokenizer.load(files: [("tokenizer.json", bytes)]) }
    }

    @Test(arguments: ["model", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "version"])
    func onlyTheModelMustBeThere(key: String) throws {
        let bytes = Fixtures.document(without: key)
        guard key == "model" else {
            _ = try Tokenizer.load(files: [("tokenizer.json", bytes)])
            return
        }
        #expect(error(bytes) == .missing(file: "tokenizer.json", place: "model"))
    }

    @Test(arguments: [
        ("normalizer", "NFKC", ["BertNormalizer"]), ("pre_tokenizer", "Metaspace", ["BertPreTokenizer"]),
        ("model", "BPE", ["WordPiece"]), ("decoder", "ByteLevel", ["WordPiece"]),
        ("post_processor", "RobertaProcessing", ["TemplateProcessing", "BertProcessing"]),
    ])
    func unsupportedKindsAreNamed(part: String, kind: String, known: [String]) {
        let expected = TextError.unsupported(
            file: "tokenizer.json", place: part + ".type", kind: kind, known: known)
        let failure = error(Fixtures.document(replacing: [part: ["type": .string(kind), "vocab": []]]))
        #expect(failure == expected)
        #expect(failure?.message.contains(kind) == true && failure?.kind == .badInput)
    }

    private func model(_ vocabulary: JSON, unknown: JSON = "[UNK]") -> JSON {
        [
            "type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        ]
    }

    @Test func vocabulariesThatAreWrong() {
        func failure(_ vocabulary: JSON, _ unknown: JSON = "[UNK]") -> TextError? {
            error(Fixtures.document(replacing: ["model": model(vocabulary, unknown: unknown), "added_tokens": []]))
        }
        let file = "tokenizer.json"
        #expect(failure(["[UNK]": 0, "a": 1, "b": 1]) == .duplicateID(file: file, id: 1, first: "a", second: "b"))
        #expect(failure(["a": 0]) == .tokenNotInVocabulary(file: file, role: "unk_token", token: "[UNK]"))
        #expect(failure([:]) == .tokenNotInVocabulary(file: file, role: "unk_token", token: "[UNK]"))
        let expected = "an integer from 0 to 2147483647"
        for (value, found) in [("x" as JSON, "\"x\""), (-1, "-1"), (1.5, "1.5"), (2_147_483_648, "2147483648")] {
            #expect(
                failure(["[UNK]": 0, "a": value])
                    == .wrongValue(file: file, place: "model.vocab.a", expected: expected, found: found))
        }
        #expect(failure([]) == .wrongValue(file: file, place: "model.vocab", expected: "an object", found: "an array"))
        #expect(
            failure(["[UNK]": 0], 7)
                == .wrongValue(file: file, place: "model.unk_token", expected: "a string", found: "7"))
    }

    @Test func aTokenListedTwice() {
        let text = String(decoding: Fixtures.document(), as: UTF8.self)
        let twice = Array(text.replacing("\"ab\": 8", with: "\"a\": 8").utf8)
        #expect(error(twice) == .duplicateToken(file: "tokenizer.json", token: "a"))
    }

    @Test func escapesInTheVocabulary() throws {
        let text = String(decoding: Fixtures.document(), as: UTF8.self)
        let escaped = Array(text.replacing("\"ab\": 8", with: "\"\\u0061\\u00fc\\\"\" :\t8").utf8)
        let tokenizer = try Tokenizer.load(files: [("tokenizer.json", escaped)])
        #expect(tokenizer.token(8) == "aü\"")
        // Canonically equivalent is not equal.
        #expect(tokenizer.id(of: "au\u{308}\"") == nil)
    }

    @Test func addedTokensThatContradict() {
        func failure(_ tokens: JSON) -> TextError? { error(Fixtures.document(replacing: ["added_tokens": tokens])) }
        let file = "tokenizer.json"
        #expect(
            failure([["id": 9, "content": "[CLS]"]])
                == .conflictingID(file: file, token: "[CLS]", id: 9, vocabularyID: 2))
        #expect(
            failure([["id": 5, "content": "new"]]) == .duplicateID(file: file, id: 5, first: "a", second: "new"))
        #expect(
            failure([["id": 50, "content": "x"], ["id": 50, "content": "y"]])
                == .duplicateID(file: file, id: 50, first: "x", second: "y"))
        #expect(
            failure([["id": 50, "content": "x"], ["id": 51, "content": "x"]])
                == .duplicateToken(file: file, token: "x"))
        #expect(failure([["content": "x"]]) == .missing(file: file, place: "added_tokens[0].id"))
    }

    @Test func templatesThatAreWrong() {
        func failure(_ piece: JSON) -> TextError? {
            let processor: JSON = [
                "type": "TemplateProcessing", "single": [piece], "pair": [], "special_tokens": [:],
            ]
            return error(Fixtures.document(replacing: ["post_processor": processor]))
        }
        #expect(
            failure(["Sequence": ["id": "B", "type_id": 0]])
                == .unsupported(
                    file: "tokenizer.json", place: "post_processor.single[0].Sequence.id", kind: "B", known: ["A"]))
        #expect(
            failure(["SpecialToken": ["id": "[X]", "type_id": 0]])
                == .tokenNotInVocabulary(
                    file: "tokenizer.json", role: "post_processor.single[0].SpecialToken", token: "[X]"))
    }

    @Test func truncationThatIsNotSupported() {
        let rule: JSON = ["max_length": 4, "strategy": "OnlySecond"]
        #expect(
            error(Fixtures.document(replacing: ["truncation": rule]))
                == .unsupported(
                    file: "tokenizer.json", place: "truncation.strategy", kind: "OnlySecond",
                    known: ["LongestFirst"]))
    }

    @Test func everyCutOffFileIsRefused() {
        let bytes = Fixtures.document()
        for count in 0..<bytes.count {
            #expect(throws: TextError.self, "\(count)") {
                try Tokenizer.load(files: [("tokenizer.json", Array(bytes[..<count]))])
            }
        }
    }

    @Test func damagedBytesNeverTrap() {
        var generator = SplitMix(state: 3)
        for _ in 0..<2000 {
            var bytes = Fixtures.document()
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            if let tokenizer = try? Tokenizer.load(files: [("tokenizer.json", bytes)]) {
                #expect(tokenizer.encode("ab [MASK] é").ids.count >= 3)
            }
        }
    }

    @Test func errorsTellThePlaceInTheWholeFile() {
        var bytes = Fixtures.document()
        bytes[bytes.count - 1] = UInt8(ascii: "x")
        guard case .invalidJSON("tokenizer.json", let json) = error(bytes) else {
            Issue.record("not an error of the JSON")
            return
        }
        #expect(json.offset == bytes.count - 1)
    }

    @Test func filesThatAreNotThere() {
        let failure = #expect(throws: TextError.self) { try Tokenizer.load(files: [("x.json", []), ("a", [])]) }
        #expect(failure == .noTokenizer(found: ["a", "x.json"]))
        #expect(failure?.kind == .notFound)
    }

    private let lines = "[PAD]\n[UNK]\r\n[CLS]\n[SEP]\n[MASK]\na\nÀ\n##b\n"

    private func load(_ vocabulary: String, _ configuration: JSON? = nil) throws(TextError) -> Tokenizer {
        var files: [(name: String, bytes: [UInt8])] = [("vocab.txt", Array(vocabulary.utf8))]
        if let configuration { files.append(("tokenizer_config.json", Array(configuration.text().utf8))) }
        return try Tokenizer.load(files: files)
    }

    @Test func vocabularyFileWithOptions() throws {
        #expect(try load(lines).encode("Ab [MASK]").ids == [2, 5, 7, 4, 3])
        let cased = try load(lines, ["do_lower_case": false, "model_max_length": 1e30])
        #expect(cased.encode("À a").ids == [2, 6, 5, 3])
        #expect(cased.modelMaximumLength == nil)
        let python = Array(#"{"do_lower_case": false, "model_max_length": 1000000000000000019884624838656}"#.utf8)
        let unlimited = try Tokenizer.load(
            files: [("vocab.txt", Array(lines.utf8)), ("tokenizer_config.json", python)])
        #expect(unlimited.modelMaximumLength == nil && unlimited.encode("À a").ids == [2, 6, 5, 3])
        #expect(cased.specialTokens[.classifier] == 2 && cased.specialTokens[.padding] == 0)
        let stripped = try load(lines, ["do_lower_case": false, "strip_accents": true])
        #expect(stripped.encode("à").ids == [2, 5, 3])
    }

    @Test func vocabularyFileThatIsWrong() {
        #expect(throws: TextError.tokenNotInVocabulary(file: "vocab.txt", role: "cls_token", token: "[CLS]")) {
            try load("[UNK]\na\n")
        }
        #expect(throws: TextError.notUTF8(file: "vocab.txt", line: 2)) {
            try Tokenizer.load(files: [("vocab.txt", [0x61, 0x0A, 0xFF, 0x0A])])
        }
        #expect(
            throws: TextError.tokenNotInVocabulary(
                file: "tokenizer_config.json", role: "mask_token", token: "<mask>")
        ) { try load(lines, ["mask_token": "<mask>"]) }
        #expect(throws: TextError.self) { try load(lines, ["model_max_length": -1]) }
        #expect(throws: TextError.self) { try load(lines, ["do_lower_case": "yes"]) }
    }

    @Test func addedTokensOfTheConfiguration() throws {
        let configuration: JSON = [
            "cls_token": ["content": "[CLS]"],
            "added_tokens_decoder": ["8": ["content": "<new>", "special": true, "lstrip": true]],
        ]
        let tokenizer = try load(lines, configuration)
        #expect(tokenizer.encode("a <new>").ids == [2, 5, 8, 3])
        #expect(tokenizer.vocabularySize == 9)
    }
}

/// A small seeded generator (Steele, Lea & Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
