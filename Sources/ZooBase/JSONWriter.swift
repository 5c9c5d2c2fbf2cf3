extension JSON {
    /// How a value is laid out as text.
    public enum Style: Sendable {
        /// Members sorted by the bytes of their names, no white space: the form that is hashed.
        case canonical
        /// Members in their own order, no white space.
        case compact
        /// Members in their own order, two spaces a level: for people.
        case pretty
    }

    /// The value as text.
    ///
    /// Numbers are written with the fewest digits that read back as the same value; a number that is not finite,
    /// which JSON cannot hold, is written as `null`.
    public func text(_ style: Style = .pretty) -> String {
        var output: [UInt8] = []
        write(to: &output, style, indent: 0)
        return String(decoding: output, as: UTF8.self)
    }

    private func write(to output: inout [UInt8], _ style: Style, indent: Int) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += String(value).utf8
        case .number(let value): output += Self.text(of: value).utf8
        case .string(let value): Self.write(value, to: &output)
        case .array(let elements):
            let isFlat = style != .pretty || elements.allSatisfy(\.isScalar)
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output += (style == .pretty && isFlat ? ", " : ",").utf8 }
                if !isFlat { Self.newLine(to: &output, indent + 1) }
                element.write(to: &output, style, indent: indent + 1)
            }
            if !isFlat { Self.newLine(to: &output, indent) }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            let ordered =
                style == .canonical
                ? members.sorted { ExactString($0.name) < ExactString($1.name) } : members
            output.append(UInt8(ascii: "{"))
            for (index, member) in ordered.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                if style == .pretty { Self.newLine(to: &output, indent + 1) }
                Self.write(member.name, to: &output)
                output += (style == .pretty ? ": " : ":").utf8
                member.value.write(to: &output, style, indent: indent + 1)
            }
            if style == .pretty && !members.isEmpty { Self.newLine(to: &output, indent) }
            output.append(UInt8(ascii: "}"))
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private static func newLine(to output: inout [UInt8], _ indent: Int) {
        output.append(UInt8(ascii: "\n"))
        for _ in 0..<indent { output += "  ".utf8 }
    }

    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        // A whole number keeps its ".0", so that it reads back as a number and not as an integer.
        return value.description
    }

    private static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        if text.utf8.contains(where: needsEscape) {
            for byte in text.utf8 { write(byte, to: &output) }
        } else {
            output += text.utf8
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func write(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): output += "\\\"".utf8
        case UInt8(ascii: "\\"): output += "\\\\".utf8
        case UInt8(ascii: "\n"): output += "\\n".utf8
        case UInt8(ascii: "\r"): output += "\\r".utf8
        case UInt8(ascii: "\t"): output += "\\t".utf8
        case _ where needsEscape(byte):
            let digits = String(byte, radix: 16)
            output += "\\u".utf8
            output += (String(repeating: "0", count: 4 - digits.count) + digits).utf8
        default: output.append(byte)
        }
    }
}
