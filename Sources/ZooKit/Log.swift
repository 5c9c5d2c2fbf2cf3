internal import ZooBase
internal import ZooStore

extension Registry {
    /// What happened to a model: versions made, aliases moved, versions removed, facts recorded; oldest first.
    public func log(_ name: String) throws -> [LogEntry] {
        let store = reading
        let reference = try Reference(name)
        let model: ModelName
        switch reference {
        case .latest(let name), .version(let name, _), .alias(let name, _): model = name
        default: model = try store.resolve(reference).name
        }
        var entries: [LogEntry] = []
        var protected: Set<String> = []
        for entry in try store.log(model).entries() {
            let number = entry["number"]?.integer
            let event =
                switch entry["event"]?.string {
                case "alias": LogEvents.alias(entry, &protected)
                case "removed": LogEvents.removal(entry)
                case let other: other ?? "unknown"
                }
            entries.append(
                LogEntry(
                    time: entry["time"]?.string ?? "", version: number.map { "\(model)@\($0)" }, event: event,
                    details: entry))
        }
        let versions = try store.list(model)
        if versions.isEmpty && entries.isEmpty { _ = try store.resolve(.latest(model)) }
        var facts: [LogEntry] = []
        for version in versions where !version.isDamaged {
            for record in try store.records.list(version.version.manifest) {
                if record.kind == "created", record.body["version"]?.string != version.version.description { continue }
                facts.append(
                    LogEntry(
                        time: record.time, version: version.version.description,
                        event: LogEvents.fact(record, operation: version.operation),
                        details: LogEvents.details(record)))
            }
        }
        // Times are whole seconds. Within one, a version is made before an alias is set to it, and the rest stays in the
        // order in which it was written.
        return (facts + entries).enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }
}

/// The lines of a log and the records of versions in words.
enum LogEvents {
    /// A line about an alias; `protected` holds the aliases that are protected before and after it.
    static func alias(_ entry: JSON, _ protected: inout Set<String>) -> String {
        let alias = entry["alias"]?.string ?? "?"
        let was = protected.contains(alias)
        let isNow = entry["protected"]?.bool == true && entry["removed"]?.bool != true
        if isNow { protected.insert(alias) } else { protected.remove(alias) }
        if entry["removed"]?.bool == true { return "alias \(alias) removed" }
        let from = entry["from"]?.integer
        if from != nil, from == entry["number"]?.integer, was != isNow {
            return "alias \(alias) \(isNow ? "protected" : "no longer protected")"
        }
        let move = "alias \(alias) set" + (from.map { " (was @\($0))" } ?? "")
        return move + (isNow ? ", protected" : was ? ", no longer protected" : "")
    }

    /// A line about a version that is gone, with what its records told.
    static func removal(_ entry: JSON) -> String {
        var facts: [String] = []
        let made = entry["made"]?.string.map { " at \($0)" } ?? ""
        if let operation = entry["operation"]?.string {
            facts.append("made by \(operation)\(made)")
        } else if !made.isEmpty {
            facts.append("made\(made)")
        }
        for name in ["manifest", "weights"] {
            if let digest = entry[name]?.string { facts.append("\(name) sha256:\(digest.prefix(12))") }
        }
        return facts.isEmpty ? "removed" : "removed: " + facts.joined(separator: ", ")
    }

    /// What a record of a version says.
    static func fact(_ record: Record, operation: String?) -> String {
        switch record.kind {
        case "created": return operation.map { "created by \($0)" } ?? record.kind
        case "note": return "note: \(record.body["text"]?.string ?? "")"
        case "evaluation":
            let evaluation = RecordedEvaluation(record)
            let metric = evaluation.main.map { ": \($0.name) \($0.value)" } ?? ""
            return "evaluation\(metric) on \(evaluation.data) (\(Counted(evaluation.rowCount, "row")))"
        default: return record.kind
        }
    }

    /// The record itself, without the predictions, which are as long as the data.
    static func details(_ record: Record) -> JSON {
        guard record.kind == "evaluation" else { return record.body }
        return .object((record.body.members ?? []).filter { $0.name != "predictions" })
    }
}
