/// The header of an array: a Python dictionary of which this reads the few forms that NumPy writes, and nothing else.
struct NumPyLiteral {
    var type: String?
    var isFortran: Bool?
    var shape: [Int]?

    private let text: [UInt8]
    private var place = 0

    /// Reads `text`; nil when it is anything but the three entries, each once, and spaces.
    init?(_ text: [UInt8]) {
        self.text = text
        guard take("{") else { return nil }
        while !take("}") {
            guard let key = string(), take(":") else { return nil }
            switch key {
            case "descr" where type == nil:
                // A list here describes records, of which nothing is read but that they are some.
                if peek() == UInt8(ascii: "[") {
                    type = "records"
                    guard skipList() else { return nil }
                } else {
                    type = string()
                }
                guard type != nil else { return nil }
            case "fortran_order" where isFortran == nil:
                if take("True") { isFortran = true } else if take("False") { isFortran = false } else { return nil }
            case "shape" where shape == nil:
                guard let sizes = sizes() else { return nil }
                shape = sizes
            default: return nil
            }
            guard take(",") || peek() == UInt8(ascii: "}") else { return nil }
        }
        skipSpaces()
        guard place == text.count, type != nil, isFortran != nil, shape != nil else { return nil }
    }

    private mutating func skipSpaces() {
        while place < text.count, text[place] == UInt8(ascii: " ") || text[place] == UInt8(ascii: "\n") { place += 1 }
    }

    private mutating func peek() -> UInt8? {
        skipSpaces()
        return place < text.count ? text[place] : nil
    }

    private mutating func take(_ word: String) -> Bool {
        skipSpaces()
        guard text[place...].starts(with: word.utf8) else { return false }
        place += word.utf8.count
        return true
    }

    /// A string without escapes, in either sort of quotes.
    private mutating func string() -> String? {
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
            let end = text[(place + 1)...].firstIndex(of: quote)
        else { return nil }
        let content = text[(place + 1)..<end]
        guard !content.contains(UInt8(ascii: "\\")), content.count <= 64 else { return nil }
        place = end + 1
        return String(validating: content, as: UTF8.self)
    }

    /// A tuple of sizes; Python 2 wrote an `L` after each.
    private mutating func sizes() -> [Int]? {
        guard take("(") else { return nil }
        var sizes: [Int] = []
        while !take(")") {
            guard sizes.count < 64, let first = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
                return nil
            }
            let digits = text[place...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let size = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            place += digits.count
            _ = take("L")
            sizes.append(size)
            guard take(",") || peek() == UInt8(ascii: ")") else { return nil }
        }
        return sizes
    }

    private mutating func skipList() -> Bool {
        var depth = 0
        while let byte = peek() {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                guard string() != nil else { return false }
                continue
            }
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") { depth -= 1 }
            place += 1
            if depth == 0 { return true }
        }
        return false
    }
}
