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
        var output = ""
        write(to: &output, style, indent: 0)
        return output
    }

    private func write(to output: inout String, _ style: Style, indent: Int) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .number(let value): output += Self.text(of: value)
        case .string(let value): Self.write(value, to: &output)
        case .array(let elements):
            let isFlat = style != .pretty || elements.allSatisfy(\.isScalar)
            output += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { output += style == .pretty && isFlat ? ", " : "," }
                if !isFlat { Self.newLine(to: &output, indent + 1) }
                element.write(to: &output, style, indent: indent + 1)
            }
            if !isFlat { Self.newLine(to: &output, indent) }
            output += "]"
        case .object(let members):
            let ordered =
                style == .canonical
                ? members.sorted { ExactString($0.name) < ExactString($1.name) } : members
            output += "{"
            for (index, member) in ordered.enumerated() {
                if index > 0 { output += "," }
                if style == .pretty { Self.newLine(to: &output, indent + 1) }
                Self.write(member.name, to: &output)
                output += style == .pretty ? ": " : ":"
                member.value.write(to: &output, style, indent: indent + 1)
            }
            if style == .pretty && !members.isEmpty { Self.newLine(to: &output, indent) }
            output += "}"
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private static func newLine(to output: inout String, _ indent: Int) {
        output += "\n" + String(repeating: "  ", count: indent)
    }

    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        // A whole number keeps its ".0", so that it reads back as a number and not as an integer.
        return value.description
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}
