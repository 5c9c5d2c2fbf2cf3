/// Writes rows as comma-separated values (RFC 4180, lines end in a line feed).
public enum CSVWriter {
    /// One row with its line end; fields that hold a separator, a quote, a line end or white space at an edge are quoted.
    public static func row(_ fields: [String]) -> String {
        fields.map { field($0, isAlone: fields.count == 1) }.joined(separator: ",") + "\n"
    }

    private static func field(_ text: String, isAlone: Bool) -> String {
        let isSpecial = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        let hasEdge = text.utf8.first.map { $0 <= 0x20 } ?? isAlone || text.utf8.last.map { $0 <= 0x20 } ?? false
        guard isSpecial || hasEdge else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.unicodeScalars.append("\"") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
