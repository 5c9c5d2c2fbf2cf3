internal import ZooBase
internal import ZooStore

extension Registry {
    /// Everything the registry knows of a version.
    public func show(_ reference: String) throws -> VersionDetails {
        let store = reading
        let version = try store.version(reference)
        let manifest = try store.manifest(of: version)
        let records = try store.records.list(version.manifest)
        let aliases = try store.aliases(of: version.name).filter { $0.number == version.number }
        let created = records.first { $0.kind == "created" }
        return VersionDetails(
            summary: VersionSummary(
                version, manifest, aliases: aliases.map(\.alias.text),
                created: created?.time, parameterCount: created?.body["parameters"]?.integer),
            names: try store.versions(being: version.manifest).sorted().map(\.description),
            files: manifest.files.map { ($0.path, $0.size, $0.isHashedWhole ? $0.digest : nil) },
            labels: manifest.labels,
            licences: manifest.licences.map(LicenceStatement.init), weightsDigest: manifest.weightsDigest,
            parents: try manifest.derivation.parents.map { parent in
                try store.versions(being: parent).first?.description ?? "sha256:\(parent.short)"
            }, children: try store.children(of: version.manifest).map(\.description),
            records: records.map { ($0.kind, $0.time) },
            keptData: manifest.attachments.filter { $0.path.hasPrefix("data/") }.map { ($0.path, $0.size) })
    }
}

extension VersionSummary {
    init(
        _ version: ModelVersion, _ manifest: Manifest, aliases: [String], created: String?, parameterCount: Int?
    ) {
        self.init(
            name: version.name.text, number: version.number, digest: version.manifest, aliases: aliases,
            operation: manifest.derivation.operation, architecture: manifest.architecture, task: manifest.task,
            metric: Self.main(ZooStore.VersionSummary.Metric.all(in: manifest.metrics)), byteCount: manifest.byteCount,
            created: created, licence: manifest.licences.first?.name, parameterCount: parameterCount,
            parents: manifest.derivation.parents)
    }
}
