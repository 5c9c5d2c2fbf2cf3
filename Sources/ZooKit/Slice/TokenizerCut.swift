internal import ZooBase
internal import ZooText

/// A WordPiece vocabulary, which of its pieces stay, and the tokenizer's files for those.
struct TokenizerCut {
    /// The pieces, by id.
    let pieces: [String]
    /// Ids that every vocabulary must keep: special and other added tokens.
    let special: Set<Int>
    private let tokenizer: Tokenizer

    /// Reads the vocabulary of a model's tokenizer.
    init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
        pieces = (0..<tokenizer.vocabularySize).map { tokenizer.token(Int32($0)) ?? "" }
        special = Set(tokenizer.addedTokens.map { Int($0.id) })
    }

    /// The ids to keep, ascending: special tokens and single characters, then the pieces of `texts` (the most frequent
    /// first; of equal ones the lower id), then the first of the vocabulary, until there are `size`.
    ///
    /// - Throws: `KitError.invalidSlice` when `size` has no room for special tokens and characters.
    func choose(size: Int, texts: [String], threads: Int) throws(KitError) -> [Int] {
        var kept = special
        for (id, piece) in pieces.enumerated() where Self.isCharacter(piece) { kept.insert(id) }
        guard kept.count <= size else {
            throw .invalidSlice("--vocab-size \(size): special tokens and single characters alone are \(kept.count)")
        }
        var counts = [Int](repeating: 0, count: pieces.count)
        for row in tokenizer.encodeIDsBatch(texts, maximumLength: Int.max, threads: threads) {
            for id in row.ids { counts[Int(id)] += 1 }
        }
        let used = counts.indices.filter { counts[$0] > 0 && !kept.contains($0) }
            .sorted { (-counts[$0], $0) < (-counts[$1], $1) }
        kept.formUnion(used.prefix(size - kept.count))
        for (id, piece) in pieces.enumerated() where kept.count < size && !Self.isUnused(piece) { kept.insert(id) }
        return kept.sorted()
    }

    /// The ids of the pieces listed.
    ///
    /// - Throws: `KitError.invalidSlice` for a piece that is not in the vocabulary and a special token that is not
    ///   listed.
    func listed(_ wanted: [String], file: String) throws(KitError) -> [Int] {
        let ids = Dictionary(pieces.enumerated().map { (ExactString($1), $0) }) { first, _ in first }
        var kept = Set<Int>()
        for (line, piece) in wanted.enumerated() {
            guard let id = ids[ExactString(piece)] else {
                throw .invalidLine(
                    file: file, line: line + 1, reason: "\"\(piece)\" is not in the vocabulary of the model")
            }
            kept.insert(id)
        }
        if let missing = special.subtracting(kept).min() {
            throw .invalidSlice("\(file) leaves out the special token \(pieces[missing])")
        }
        return kept.sorted()
    }

    private static func isCharacter(_ piece: String) -> Bool {
        // Scalars, not Characters: a mark joins the `#` before it into one of those.
        let scalars = piece.unicodeScalars
        return scalars.count == 1 || scalars.count == 3 && scalars.starts(with: "##".unicodeScalars)
    }

    private static func isUnused(_ piece: String) -> Bool { piece.hasPrefix("[unused") && piece.hasSuffix("]") }

    /// The tokenizer's file `name` for the pieces kept and texts of at most `maximumLength` tokens; nil for a file that
    /// says nothing about either.
    ///
    /// - Throws: `KitError.invalidSlice` for a tokenizer.json of another form.
    func rewrite(
        _ name: String, _ bytes: [UInt8], keeping kept: [Int], maximumLength: Int?
    ) throws(KitError) -> [UInt8]? {
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        switch name {
        case "vocab.txt":
            return Array(kept.map { pieces[$0] + "\n" }.joined().utf8)
        case "tokenizer.json":
            return Array((try tokenizerFile(try Self.parse(bytes, name), places, maximumLength).text(.compact)).utf8)
        case "tokenizer_config.json", "sentence_bert_config.json":
            var document = try Self.parse(bytes, name)
            for key in ["model_max_length", "max_seq_length", "max_length"] {
                guard let maximumLength, let limit = document[key]?.number, limit > Double(maximumLength) else {
                    continue
                }
                document = document.replacing([(key, .integer(maximumLength))])
            }
            if let decoder = document["added_tokens_decoder"]?.members {
                let moved = decoder.compactMap { member in
                    Int(member.name).flatMap { places[$0] }.map { JSONMember(String($0), member.value) }
                }
                document = document.replacing([("added_tokens_decoder", .object(moved))])
            }
            return Array((document.text(.pretty) + "\n").utf8)
        default: return nil
        }
    }

    private static func parse(_ bytes: [UInt8], _ name: String) throws(KitError) -> JSON {
        do { return try JSONParser.parse(bytes) } catch { throw .invalidSlice("\(name): \(error.message)") }
    }

    private func tokenizerFile(
        _ document: JSON, _ places: [Int: Int], _ maximumLength: Int?
    ) throws(KitError) -> JSON {
        guard let model = document["model"], let vocabulary = model["vocab"]?.members else {
            throw .invalidSlice("tokenizer.json has no vocabulary by word piece")
        }
        func moved(_ id: JSON) throws(KitError) -> JSON {
            guard let place = id.integer.flatMap({ places[$0] }) else {
                throw .invalidSlice("tokenizer.json needs the token \(id.text(.compact)), which is not kept")
            }
            return .integer(place)
        }
        let pairs = vocabulary.compactMap { member in
            member.value.integer.flatMap { places[$0] }.map { ($0, member.name) }
        }.sorted { $0.0 < $1.0 }
        var added: [JSON] = []
        for token in document["added_tokens"]?.array ?? [] {
            added.append(token.replacing([("id", try moved(token["id"] ?? .null))]))
        }
        var values: [(String, JSON?)] = [
            ("model", model.replacing([("vocab", .object(pairs.map { JSONMember($0.1, .integer($0.0)) }))])),
            ("added_tokens", .array(added)),
        ]
        if let processor = document["post_processor"], !processor.isNull {
            values.append(("post_processor", try self.processor(processor, moved)))
        }
        if let maximumLength, let truncation = document["truncation"], !truncation.isNull,
            let limit = truncation["max_length"]?.integer, limit > maximumLength
        {
            values.append(("truncation", truncation.replacing([("max_length", .integer(maximumLength))])))
        }
        if let maximumLength, let padding = document["padding"], let strategy = padding["strategy"],
            let length = strategy["Fixed"]?.integer, length > maximumLength
        {
            let shorter = strategy.replacing([("Fixed", .integer(maximumLength))])
            values.append(("padding", padding.replacing([("strategy", shorter)])))
        }
        return document.replacing(values)
    }

    /// Ids stand in `special_tokens` of a template, and beside the tokens `cls` and `sep` of the older form.
    private func processor(
        _ processor: JSON, _ moved: (JSON) throws(KitError) -> JSON
    ) throws(KitError) -> JSON {
        var values: [(String, JSON?)] = []
        if let tokens = processor["special_tokens"]?.members {
            var members: [JSONMember] = []
            for token in tokens {
                var ids: [JSON] = []
                for id in token.value["ids"]?.array ?? [] { ids.append(try moved(id)) }
                members.append(JSONMember(token.name, token.value.replacing([("ids", .array(ids))])))
            }
            values.append(("special_tokens", .object(members)))
        }
        for key in ["cls", "sep"] {
            guard let pair = processor[key]?.array, pair.count == 2 else { continue }
            values.append((key, .array([pair[0], try moved(pair[1])])))
        }
        return processor.replacing(values)
    }
}
