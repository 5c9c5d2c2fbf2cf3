/// A pattern for tensor names: literal text, and captures in braces.
///
/// `{i}` is a number without leading zeros. `{i+1}` and `{i-1}` are that number plus or minus another. `{_i}` is nothing
/// for zero and otherwise `_` and the number. `{base}` is what stands before the names of the body.
struct NamePattern: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case literal([UInt8])
        case number(String, offset: Int)
        case suffix(String)
        case base
    }

    let text: String
    let parts: [Part]

    /// Reads a pattern; nil when a brace is not closed or holds something else.
    init?(_ text: String, hasBase: Bool) {
        var parts: [Part] = []
        var rest = Array(text.utf8)[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
            guard let close = rest[open...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
            if open > rest.startIndex { parts.append(.literal(Array(rest[rest.startIndex..<open]))) }
            guard let part = Self.capture(String(decoding: rest[(open + 1)..<close], as: UTF8.self), hasBase) else {
                return nil
            }
            parts.append(part)
            rest = rest[(close + 1)...]
        }
        guard !rest.contains(UInt8(ascii: "}")) else { return nil }
        if !rest.isEmpty { parts.append(.literal(Array(rest))) }
        self.text = text
        self.parts = parts
    }

    private static func capture(_ text: String, _ hasBase: Bool) -> Part? {
        if text == "base" { return hasBase ? .base : nil }
        if text.hasPrefix("_") {
            return isName(text.dropFirst()) ? .suffix(String(text.dropFirst())) : nil
        }
        guard let sign = text.firstIndex(where: { $0 == "+" || $0 == "-" }) else {
            return isName(text[...]) ? .number(text, offset: 0) : nil
        }
        guard isName(text[..<sign]), let offset = Int(text[sign...]), offset.magnitude < 100 else { return nil }
        return .number(String(text[..<sign]), offset: offset)
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }

    /// The captures of numbers.
    var captures: Set<String> {
        Set(
            parts.compactMap { part in
                switch part {
                case .number(let name, _), .suffix(let name): name
                case .literal, .base: nil
                }
            })
    }

    /// Whether the tensor belongs to the body of the model.
    var hasBase: Bool { parts.contains(.base) }

    /// The numbers that `name` says, by capture, where `{base}` stands for `base`; nil when it does not match.
    func match(_ name: ArraySlice<UInt8>, base: String) -> [String: Int]? {
        var numbers: [String: Int] = [:]
        return Self.match(parts[...], name, base, &numbers) ? numbers : nil
    }

    private static func match(
        _ parts: ArraySlice<Part>, _ name: ArraySlice<UInt8>, _ base: String, _ numbers: inout [String: Int]
    ) -> Bool {
        guard let part = parts.first else { return name.isEmpty }
        switch part {
        case .literal(let literal):
            return name.starts(with: literal)
                && match(parts.dropFirst(), name.dropFirst(literal.count), base, &numbers)
        case .base:
            return name.starts(with: base.utf8)
                && match(parts.dropFirst(), name.dropFirst(base.utf8.count), base, &numbers)
        case .number(let capture, let offset):
            return take(capture, offset: offset, parts, name, base, &numbers)
        case .suffix(let capture):
            let before = numbers
            if (numbers.updateValue(0, forKey: capture) ?? 0) == 0,
                match(parts.dropFirst(), name, base, &numbers)
            {
                return true
            }
            numbers = before
            guard name.first == UInt8(ascii: "_"), name.dropFirst().first != UInt8(ascii: "0") else { return false }
            return take(capture, offset: 0, parts, name.dropFirst(), base, &numbers)
        }
    }

    /// A number takes all the digits there are.
    private static func take(
        _ capture: String, offset: Int, _ parts: ArraySlice<Part>, _ name: ArraySlice<UInt8>, _ base: String,
        _ numbers: inout [String: Int]
    ) -> Bool {
        let digits = name.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...9).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0"),
            let written = Int(String(decoding: digits, as: UTF8.self))
        else { return false }
        let number = written - offset
        guard number >= 0, numbers.updateValue(number, forKey: capture) ?? number == number else { return false }
        return match(parts.dropFirst(), name.dropFirst(digits.count), base, &numbers)
    }

    /// The name for these numbers, where `{base}` stands for `base`; nil when a number would be negative.
    func name(_ numbers: [String: Int], base: String) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += String(decoding: literal, as: UTF8.self)
            case .base: text += base
            case .number(let capture, let offset):
                guard let number = numbers[capture], number + offset >= 0 else { return nil }
                text += String(number + offset)
            case .suffix(let capture):
                guard let number = numbers[capture] else { return nil }
                text += number == 0 ? "" : "_\(number)"
            }
        }
        return text
    }

    /// What `skeleton(of:)` says of the names that match: two when there is a `{_i}`.
    func skeletons(base: String) -> [[UInt8]] {
        var texts: [[UInt8]] = [[]]
        for part in parts {
            switch part {
            case .literal(let literal): texts = texts.map { $0 + literal }
            case .base: texts = texts.map { $0 + Array(base.utf8) }
            case .number: texts = texts.map { $0 + [UInt8(ascii: "0")] }
            case .suffix: texts += texts.map { $0 + Array("_0".utf8) }
            }
        }
        return texts.map { Self.skeleton(of: $0[...]) }
    }

    /// `name` with a 0 for every run of digits: what names of one pattern share.
    static func skeleton(of name: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(name.count)
        var inDigits = false
        for byte in name {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if !isDigit { result.append(byte) } else if !inDigits { result.append(UInt8(ascii: "0")) }
            inDigits = isDigit
        }
        return result
    }
}
