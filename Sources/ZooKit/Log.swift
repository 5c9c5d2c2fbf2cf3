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
        for entry in try store.log(model).entries() {
            let number = entry["number"]?.integer
            let version = number.map { "\(model)@\($0)" }
            let event: String
            switch (entry["event"]?.string, entry["alias"]?.string) {
            case ("alias", let alias?) where entry["removed"]?.bool == true: event = "alias \(alias) removed"
            case ("alias", let alias?):
                let from = entry["from"]?.integer.map { " (was @\($0))" } ?? ""
                event = "alias \(alias) set\(from)" + (entry["protected"]?.bool == true ? ", protected" : "")
            case (let other?, _): event = other
            default: event = "unknown"
            }
            entries.append(LogEntry(time: entry["time"]?.string ?? "", version: version, event: event, details: entry))
        }
        let versions = try store.list(model)
        if versions.isEmpty && entries.isEmpty { _ = try store.resolve(.latest(model)) }
        var facts: [LogEntry] = []
        for version in versions where !version.isDamaged {
            for record in try store.records.list(version.version.manifest) {
                if record.kind == "created", record.body["version"]?.string != version.version.description { continue }
                facts.append(
                    LogEntry(
                        time: record.time, version: version.version.description, event: record.kind,
                        details: record.kind == "evaluation" ? .null : record.body))
            }
        }
        // Times are whole seconds. Within one, a version is made before an alias is set to it, and the rest stays in the
        // order in which it was written.
        return (facts + entries).enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }
}
