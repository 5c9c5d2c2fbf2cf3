internal import ZooBase
internal import ZooStore

/// The front matter of a model card as the hub reads it: YAML between two lines of `---`.
///
/// It states nothing but what the registry knows, and is never empty: a reader takes an empty one for none.
struct CardFrontMatter {
    /// The lines between the marks.
    let lines: [String]
    /// The licences that were found, each once.
    let licences: [Licence]

    /// - Parameters:
    ///   - repositories: where the hub has what the version was made from.
    ///   - metrics: measured as it was made.
    ///   - evaluations: measured later, on other data.
    init(
        name: String, manifest: Manifest, repositories: [String], metrics: [MetricValue],
        evaluations: [RecordedEvaluation]
    ) {
        // A text that was not recognized contradicts nobody.
        let known = manifest.licences.filter { $0.name != Licence.unrecognized }
        var licences: [Licence] = []
        for licence in known.isEmpty ? manifest.licences : known
        where !licences.contains(where: { $0.agrees(with: licence) }) {
            licences.append(licence)
        }
        self.licences = licences
        var lines = Self.licence(licences)
        if manifest.task != nil { lines.append("pipeline_tag: text-classification") }
        lines += ["tags:", "- zoo"]
        for tag in [manifest.architecture, manifest.task] { lines += tag.map { ["- \(Self.scalar($0))"] } ?? [] }
        if !repositories.isEmpty { lines += ["base_model:"] + repositories.map { "- \(Self.scalar($0))" } }
        var results = Self.result(metrics, data: "validation", revision: nil)
        for evaluation in evaluations {
            results += Self.result(evaluation.metrics, data: evaluation.data, revision: evaluation.dataDigest)
        }
        if !results.isEmpty {
            lines += ["model-index:", "- name: \(Self.scalar(name))", "  results:"] + results
        }
        self.lines = lines
    }

    /// What the hub is to take for the licence: nothing that is only one of several statements.
    private static func licence(_ licences: [Licence]) -> [String] {
        guard let first = licences.first else { return [] }
        if licences.count > 1 {
            let statements = licences.map { "\($0.name) (\($0.source.rawValue))" }.joined(separator: ", ")
            return ["license: other", "license_name: \(scalar("disagreeing statements: \(statements)"))"]
        }
        // The hub's identifiers are one word.
        guard !first.name.contains(where: \.isWhitespace) else {
            return ["license: other", "license_name: \(scalar(first.name))"]
        }
        return ["license: \(scalar(first.name.lowercased()))"]
    }

    private static func result(_ metrics: [MetricValue], data: String, revision: String?) -> [String] {
        let metrics = metrics.filter(\.value.isFinite)
        if metrics.isEmpty { return [] }
        var lines = ["  - task:", "      type: text-classification", "    dataset:", "      name: \(scalar(data))"]
        lines.append("      type: \(scalar(data))")
        if let revision { lines.append("      revision: \(scalar(revision))") }
        lines.append("    metrics:")
        for metric in metrics {
            lines += ["    - type: \(scalar(metric.name))", "      value: \(number(metric.value))"]
        }
        return lines
    }

    /// A number that YAML 1.1 takes for one, too: with a point before the exponent.
    private static func number(_ value: Double) -> String {
        let text = "\(value)"
        guard let mark = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<mark] + ".0" + text[mark...]
    }

    /// A YAML scalar that is read as these words, whatever they are.
    private static func scalar(_ text: String) -> String {
        let isWord =
            text.utf8.first.map(isLetter) == true
            && text.utf8.allSatisfy {
                isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
            && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text)
        return isWord ? text : JSON.string(text).text(.canonical)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
