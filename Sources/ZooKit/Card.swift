internal import ZooBase
internal import ZooStore

extension Registry {
    /// A model card for a version: front matter as the hub reads it, then what the registry knows, in Markdown.
    public func card(of reference: String) throws -> CardResult {
        let store = reading
        let version = try store.version(reference)
        let manifest = try store.manifest(of: version)
        let names = try store.versions(being: Set(manifest.derivation.parents))
        var front: [String] = []
        let licences = manifest.licences.map(\.name)
        if let licence = licences.first { front.append("license: \(Self.scalar(licence.lowercased()))") }
        if let task = manifest.task {
            front += ["pipeline_tag: text-classification", "tags:", "- \(Self.scalar(task))"]
        }
        let parents = manifest.derivation.parents.map { names[$0]?.first?.description ?? "sha256:\($0.short)" }
        if !parents.isEmpty { front += ["base_model:"] + parents.map { "- \(Self.scalar($0))" } }
        let metrics = [MetricValue](manifest.metrics)
        if !metrics.isEmpty {
            front += ["model-index:", "- name: \(Self.scalar(version.name.text))", "  results:"]
            front += ["  - task:", "      type: text-classification", "    dataset:", "      name: validation"]
            front += ["      type: validation", "    metrics:"]
            for metric in metrics where metric.value.isFinite {
                front += ["    - type: \(Self.scalar(metric.name))", "      value: \(metric.value)"]
            }
        }
        var body = [
            "# \(version)", "",
            "Made by `zoo \(manifest.derivation.operation)`"
                + (parents.isEmpty
                    ? "." : " from \(parents.joined(separator: ", "))."),
        ]
        if let architecture = manifest.architecture { body += ["", "Architecture: \(architecture)."] }
        if !manifest.labels.isEmpty { body += ["", "Labels: " + manifest.labels.joined(separator: ", ") + "."] }
        if !metrics.isEmpty {
            body += ["", "## Metrics", "", "| metric | value | interval |", "|---|---|---|"]
            body += metrics.map { metric in
                let interval = metric.interval.map { "\($0.lowerBound) to \($0.upperBound)" } ?? ""
                return "| \(metric.name) | \(metric.value) | \(interval) |"
            }
        }
        body += ["", "## Data", "", "| role | SHA-256 | facts |", "|---|---|---|"]
        body += manifest.derivation.inputs.map {
            "| \($0.role) | `\($0.digest.hex)` | \($0.facts?.text(.canonical) ?? "") |"
        }
        body += ["", "## Lineage", ""] + (try lineage(of: version.description).chain)
        body += ["", "## Licence", ""]
        body +=
            manifest.licences.isEmpty
            ? ["No licence was found."]
            : manifest.licences.map {
                "- \($0.name) (\($0.source.rawValue))"
            }
        let notes = try notes(of: version, in: store)
        if !notes.isEmpty { body += ["", "## Notes", ""] + notes.map(Self.item) }
        return CardResult(
            version: version.description,
            text: (["---"] + front + ["---", ""] + body).joined(separator: "\n") + "\n")
    }

    /// An item of a Markdown list, to which every line of the note belongs.
    private static func item(_ note: (time: String, text: String)) -> String {
        let lines = note.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return "- \(note.time): " + lines.joined(separator: "\n  ")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// A YAML scalar that is read as these words, whatever they are.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.utf8.allSatisfy { Self.isPlain($0) || $0 == UInt8(ascii: "-") }
            && text.utf8.contains { $0 > UInt8(ascii: "9") }
            && !["true", "false", "yes", "no", "on", "off", "null"]
                .contains(text)
        return isPlain ? text : JSON.string(text).text(.canonical)
    }
}

extension LineageNode {
    /// The tree as a Markdown list.
    fileprivate var chain: [String] {
        occurrences.map { node, depth, isAbove in
            let name = node.names.first ?? "sha256:\(node.digest.short)"
            return String(repeating: "  ", count: depth) + "- \(name)" + (isAbove ? ", above" : ": \(node.operation)")
        }
    }
}
