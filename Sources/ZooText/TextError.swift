public import ZooBase

/// Why a tokenizer cannot be loaded.
public enum TextError: ZooFailure, Equatable {
    /// None of the files describes a tokenizer; `found` are their names, sorted.
    case noTokenizer(found: [String])
    /// A file is not the JSON we accept.
    case invalidJSON(file: String, JSONError)
    /// A file is not UTF-8 in the line given, counted from 1.
    case notUTF8(file: String, line: Int)
    /// A key that must be there is not.
    case missing(file: String, place: String)
    /// A value of another type or outside its range.
    case wrongValue(file: String, place: String, expected: String, found: String)
    /// A component, or an option of it, that this program does not have.
    case unsupported(file: String, place: String, kind: String, known: [String])
    /// Two tokens with one id.
    case duplicateID(file: String, id: Int, first: String, second: String)
    /// One token listed twice.
    case duplicateToken(file: String, token: String)
    /// A token that has a role (`unk_token`, `[CLS]` of a template…) but no id.
    case tokenNotInVocabulary(file: String, role: String, token: String)
    /// An added token whose id is not the one the vocabulary gives it.
    case conflictingID(file: String, token: String, id: Int, vocabularyID: Int)

    /// Bad input; not found when there is no tokenizer at all.
    public var kind: FailureKind { if case .noTokenizer = self { .notFound } else { .badInput } }

    /// What, where, expected, found, remedy.
    public var message: String {
        switch self {
        case .noTokenizer(let found):
            "no tokenizer: expected tokenizer.json or vocab.txt, found "
                + (found.isEmpty ? "no file" : found.joined(separator: ", ")) + "; copy the model's tokenizer beside it"
        case .invalidJSON(let file, let error): "\(file): \(error.message); fetch the file again"
        case .notUTF8(let file, let line): "\(file): line \(line) is not UTF-8; fetch the file again"
        case .missing(let file, let place): "\(file): \(place) is missing; the file is not a complete tokenizer"
        case .wrongValue(let file, let place, let expected, let found):
            "\(file): \(place) should be \(expected), not \(found)"
        case .unsupported(let file, let place, let kind, let known):
            "\(file): \(place) \"\(kind)\" is not supported; supported: \(known.joined(separator: ", "))"
        case .duplicateID(let file, let id, let first, let second):
            "\(file): the tokens \"\(first)\" and \"\(second)\" have the same id \(id)"
        case .duplicateToken(let file, let token): "\(file): the token \"\(token)\" is listed twice"
        case .tokenNotInVocabulary(let file, let role, let token):
            "\(file): \(role) \"\(token)\" is not in the vocabulary; add it or name a token that is"
        case .conflictingID(let file, let token, let id, let vocabularyID):
            "\(file): the added token \"\(token)\" has id \(id), in the vocabulary it has \(vocabularyID)"
        }
    }
}
