/// Why some bytes are not the JSON we accept, and where.
public struct JSONError: ZooFailure, Equatable {
    /// The ways to be wrong.
    public enum Reason: String, Sendable {
        case unexpectedEnd, unexpectedCharacter, invalidUTF8, invalidNumber, numberOutOfRange, invalidEscape
        case controlCharacter, duplicateName, tooDeep, tooLarge, trailingBytes
    }
    /// What is wrong.
    public let reason: Reason
    /// Where: an offset in bytes from the start of the document.
    public let offset: Int
    /// The offending name, for a duplicate.
    public let name: String?

    /// Bad input.
    public var kind: FailureKind { .badInput }

    /// What is wrong and where.
    public var message: String {
        let what =
            switch reason {
            case .unexpectedEnd: "the document ends too early"
            case .unexpectedCharacter: "unexpected character"
            case .invalidUTF8: "the bytes are not UTF-8"
            case .invalidNumber: "not a number"
            case .numberOutOfRange: "the number does not fit"
            case .invalidEscape: "invalid escape"
            case .controlCharacter: "a control character inside a string"
            case .duplicateName: "the name \"\(name ?? "")\" appears twice in one object"
            case .tooDeep: "nested too deeply"
            case .tooLarge: "the document is too large"
            case .trailingBytes: "something follows the value"
            }
        return "invalid JSON: \(what) (byte \(offset))"
    }
}

/// A strict JSON reader (RFC 8259): UTF-8 only, duplicate names refused (compared by bytes), integers of 64 bits exact,
/// depth and size bounded, nothing after the value but white space.
public struct JSONParser {
    /// How deep arrays and objects may be nested.
    public static let maximumDepth = 128

    private static let fewMembers = 8

    private let bytes: [UInt8]
    private var index = 0

    /// Reads one document.
    ///
    /// - Throws: `JSONError` with the offset of the first thing that is wrong.
    public static func parse(_ bytes: [UInt8], maximumBytes: Int = 1 << 28) throws(JSONError) -> JSON {
        guard bytes.count <= maximumBytes else { throw JSONError(reason: .tooLarge, offset: maximumBytes, name: nil) }
        var parser = JSONParser(bytes: bytes)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.error(.trailingBytes) }
        return value
    }

    /// Reads one document from the UTF-8 of `text`.
    public static func parse(_ text: String) throws(JSONError) -> JSON { try parse(Array(text.utf8)) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ reason: JSONError.Reason, at offset: Int? = nil, name: String? = nil) -> JSONError {
        JSONError(reason: reason, offset: offset ?? index, name: name)
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard index < bytes.count else { throw error(.unexpectedEnd) }
        return bytes[index]
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= Self.maximumDepth else { throw error(.tooDeep) }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error(.unexpectedCharacter)
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let expected = Array(word.description.utf8)
        guard bytes.count - index >= expected.count else { throw error(.unexpectedEnd) }
        guard bytes[index..<index + expected.count].elementsEqual(expected) else { throw error(.unexpectedCharacter) }
        index += expected.count
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        index += 1
        var elements: [JSON] = []
        skipSpace()
        if try peek() == UInt8(ascii: "]") {
            index += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            let next = try peek()
            guard next == UInt8(ascii: ",") || next == UInt8(ascii: "]") else { throw error(.unexpectedCharacter) }
            index += 1
            if next == UInt8(ascii: "]") { return .array(elements) }
            skipSpace()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        index += 1
        var members: [JSONMember] = []
        // Most objects have a handful of members, and comparing these is faster than hashing them: only the names of more
        // come in here.
        var seen = Set<ExactString>()
        skipSpace()
        if try peek() == UInt8(ascii: "}") {
            index += 1
            return .object(members)
        }
        while true {
            let start = index
            guard try peek() == UInt8(ascii: "\"") else { throw error(.unexpectedCharacter) }
            let name = try string()
            if members.count == Self.fewMembers { seen = Set(members.map { ExactString($0.name) }) }
            let isNew =
                members.count < Self.fewMembers
                ? !members.contains { ExactString($0.name) == ExactString(name) }
                : seen.insert(ExactString(name)).inserted
            guard isNew else { throw error(.duplicateName, at: start, name: name) }
            skipSpace()
            guard try peek() == UInt8(ascii: ":") else { throw error(.unexpectedCharacter) }
            index += 1
            skipSpace()
            members.append(JSONMember(name, try value(depth: depth + 1)))
            skipSpace()
            let next = try peek()
            guard next == UInt8(ascii: ",") || next == UInt8(ascii: "}") else { throw error(.unexpectedCharacter) }
            index += 1
            if next == UInt8(ascii: "}") { return .object(members) }
            skipSpace()
        }
    }

    private mutating func string() throws(JSONError) -> String {
        let open = index
        index += 1
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") {
            guard bytes[index] >= 0x20 else { throw error(.controlCharacter) }
            index += 1
        }
        guard index < bytes.count else { throw error(.unexpectedEnd) }
        if bytes[index] == UInt8(ascii: "\"") {
            index += 1
            guard let text = String(validating: bytes[start..<index - 1], as: UTF8.self) else {
                throw error(.invalidUTF8, at: open)
            }
            return text
        }
        var decoded = Array(bytes[start..<index])
        while true {
            switch try peek() {
            case UInt8(ascii: "\""):
                index += 1
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw error(.invalidUTF8, at: open)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &decoded)
            case 0..<0x20: throw error(.controlCharacter)
            case let byte:
                decoded.append(byte)
                index += 1
            }
        }
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
        index += 1
        let letter = try peek()
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            var code = try fourHexDigits()
            if (0xD800...0xDBFF).contains(code) {
                guard bytes.count - index >= 6, bytes[index] == UInt8(ascii: "\\"),
                    bytes[index + 1] == UInt8(ascii: "u")
                else { throw error(.invalidEscape) }
                index += 2
                let low = try fourHexDigits()
                guard (0xDC00...0xDFFF).contains(low) else { throw error(.invalidEscape) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error(.invalidEscape) }
            decoded.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw error(.invalidEscape, at: index - 2)
        }
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        guard bytes.count - index >= 4 else { throw error(.unexpectedEnd) }
        var value: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw error(.invalidEscape) }
            value = value << 4 | UInt32(digit)
        }
        index += 4
        return value
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = index
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[index - whole] != UInt8(ascii: "0") else {
            throw error(.invalidNumber, at: start)
        }
        var isInteger = true
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            isInteger = false
            index += 1
            guard digits() > 0 else { throw error(.invalidNumber, at: start) }
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: "e") || bytes[index] == UInt8(ascii: "E") {
            isInteger = false
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            guard digits() > 0 else { throw error(.invalidNumber, at: start) }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        // Python's integers have no end: what stands for "no limit" in many a tokenizer's file is a whole number of 31 digits.
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error(.numberOutOfRange, at: start) }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
        return index - start
    }
}
