internal import ZooBase
internal import ZooStore

extension Registry {
    /// A model card for a version: front matter as the hub reads it, then what the registry knows, in Markdown.
    public func card(of reference: String) throws -> CardResult {
        let store = reading
        let version = try store.version(reference)
        let manifest = try store.manifest(of: version)
        let names = try store.versions(being: Set(manifest.derivation.parents))
        let parents = manifest.derivation.parents.map { names[$0]?.first?.description ?? "sha256:\($0.short)" }
        let metrics = [MetricValue](manifest.metrics)
        let evaluations = try RecordedEvaluation.last(of: version, in: store)
        let front = CardFrontMatter(
            name: version.name.text, manifest: manifest, repositories: try repositories(of: manifest, in: store),
            metrics: metrics, evaluations: evaluations)
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
        if !evaluations.isEmpty {
            body += ["", "## Evaluations", "", "| data | SHA-256 | rows | metric | value |", "|---|---|---|---|---|"]
            for evaluation in evaluations {
                body += evaluation.metrics.map { metric in
                    let data = "| \(Self.cell(evaluation.data)) | `\(evaluation.dataDigest)` | \(evaluation.rowCount)"
                    return "\(data) | \(metric.name) | \(metric.value) |"
                }
            }
        }
        body += ["", "## Data", "", "| role | SHA-256 | facts |", "|---|---|---|"]
        body += manifest.derivation.inputs.map {
            "| \($0.role) | `\($0.digest.hex)` | \(Self.cell($0.facts?.text(.canonical) ?? "")) |"
        }
        body += ["", "## Lineage", ""] + (try lineage(of: version.description).chain)
        body += ["", "## Licence", ""]
        body +=
            manifest.licences.isEmpty
            ? ["No licence was found."]
            : manifest.licences.map {
                "- \($0.name) (\($0.source.rawValue))"
            }
        if front.licences.count > 1 { body += ["", "These statements disagree; none is taken for the licence."] }
        let notes = try notes(of: version, in: store)
        if !notes.isEmpty { body += ["", "## Notes", ""] + notes.map(Self.item) }
        return CardResult(
            version: version.description,
            text: (["---"] + front.lines + ["---", ""] + body).joined(separator: "\n") + "\n")
    }

    /// An item of a Markdown list, to which every line of the note belongs.
    private static func item(_ note: (time: String, text: String)) -> String {
        let lines = note.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return "- \(note.time): " + lines.joined(separator: "\n  ")
    }

    /// A text that stays in its cell of a Markdown table.
    private static func cell(_ text: String) -> String {
        text.map { $0 == "|" ? "\\|" : $0.isNewline ? " " : String($0) }.joined()
    }

    /// The hub's repositories that the parents of a version were pulled from, as far as the records tell.
    private func repositories(of manifest: Manifest, in store: Store) throws -> [String] {
        var found: [String] = []
        for parent in manifest.derivation.parents {
            let pulls = try store.records.list(parent, kind: "pulled").filter { $0.body["kind"]?.string == "hub" }
            guard let repository = pulls.first?.body["repository"]?.string, !found.contains(repository) else {
                continue
            }
            found.append(repository)
        }
        return found
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
