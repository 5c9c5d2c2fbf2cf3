import ZooBase

/// Reads `model.vocab` of a tokenizer.json without making a string of every token.
///
/// It gives up, and leaves the file to
/// the JSON parser and its errors, on everything but an object of strings and small non-negative integers.
struct VocabularyScanner {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The vocabulary and the range of its bytes in the file; nil when it is not found or not plain.
    mutating func scan() -> (builder: Vocabulary.Builder, range: Range<Int>)? {
        guard enter("model"), enter("vocab") else { return nil }
        let start = index
        guard let builder = entries() else { return nil }
        return (builder, start..<index)
    }

    /// Goes to the value of the member `name` of the object that begins here.
    private mutating func enter(_ name: String) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        while let key = string(), take(UInt8(ascii: ":")) {
            skipSpace()
            if bytes[key].elementsEqual(name.utf8) { return true }
            guard skipValue(), take(UInt8(ascii: ",")) else { return false }
            skipSpace()
        }
        return false
    }

    private mutating func entries() -> Vocabulary.Builder? {
        var builder = Vocabulary.Builder()
        guard take(UInt8(ascii: "{")) else { return nil }
        if take(UInt8(ascii: "}")) { return builder }
        while let key = string(), append(key, to: &builder), take(UInt8(ascii: ":")), let id = integer() {
            builder.endToken(id: id)
            if take(UInt8(ascii: "}")) { return builder }
            guard take(UInt8(ascii: ",")) else { return nil }
            skipSpace()
        }
        return nil
    }

    /// Appends what the string with the raw bytes `range` says; false when it is not well formed.
    private func append(_ range: Range<Int>, to builder: inout Vocabulary.Builder) -> Bool {
        var isPlain = true
        for index in range where bytes[index] >= 0x80 || bytes[index] < 0x20 || bytes[index] == UInt8(ascii: "\\") {
            isPlain = false
            break
        }
        if isPlain {
            builder.bytes += bytes[range]
            return true
        }
        let quoted = Array(bytes[range.lowerBound - 1..<range.upperBound + 1])
        guard case .string(let text)? = try? JSONParser.parse(quoted) else { return false }
        builder.bytes += Array(text.utf8)
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    /// Moves past white space and `byte`; false when something else is there.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// Moves past a string; the range of its raw bytes, without the quotes.
    private mutating func string() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.count else { return nil }
        index += 1
        return start..<index - 1
    }

    /// Moves past an integer without sign, of nine digits or fewer.
    private mutating func integer() -> Int32? {
        skipSpace()
        let start = index
        var value: Int32 = 0
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
            guard index - start < 9, value > 0 || index == start else { return nil }
            value = value * 10 + Int32(bytes[index] - UInt8(ascii: "0"))
            index += 1
        }
        return index > start ? value : nil
    }

    private mutating func skipValue() -> Bool {
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                guard string() != nil else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return true }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return true
            default: break
            }
            index += 1
        }
        return false
    }
}
