internal import ZooBase

/// The text of a safetensors header, byte for byte as the format's own library writes it.
struct HeaderText {
    private var members: [String] = []

    /// Adds metadata, in the order given.
    mutating func add(metadata: [MetadataEntry]) {
        let pairs = metadata.map { Self.quoted($0.name) + ":" + Self.quoted($0.value) }
        members.append(Self.quoted(SafetensorsFormat.metadataName) + ":{" + pairs.joined(separator: ",") + "}")
    }

    /// Adds a tensor whose bytes are at `range` of the data.
    mutating func add(_ info: TensorInfo, at range: Range<Int>) {
        let shape = info.shape.dimensions.map(String.init).joined(separator: ",")
        members.append(
            Self.quoted(info.name) + ":{\"dtype\":\"\(info.dtype.rawValue)\",\"shape\":[\(shape)],"
                + "\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}")
    }

    /// The header, with spaces up to a multiple of eight bytes.
    func padded() -> [UInt8] {
        let text = Array(("{" + members.joined(separator: ",") + "}").utf8)
        return text + [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    }

    /// A JSON string that escapes only what must be (RFC 8785).
    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\u{8}": output += "\\b"
            case "\t": output += "\\t"
            case "\n": output += "\\n"
            case "\u{C}": output += "\\f"
            case "\r": output += "\\r"
            case "\u{0}"..."\u{1F}":
                output += (scalar.value < 16 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16)
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
