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
        let all = Dictionary(grouping: try store.versions(), by: \.manifest)
        return VersionDetails(
            summary: VersionSummary(
                version, manifest, aliases: aliases.map(\.alias.text),
                created: records.first { $0.kind == "created" }?.time),
            names: (all[version.manifest] ?? [version]).sorted().map(\.description),
            files: manifest.files.map { ($0.path, $0.size, $0.digest) }, labels: manifest.labels,
            licences: manifest.licences.map(LicenceStatement.init), weightsDigest: manifest.weightsDigest,
            parents: manifest.derivation.parents.map { parent in
                all[parent]?.first?.description ?? "sha256:\(parent.short)"
            }, children: Self.children(of: version, among: all.values.joined(), in: store),
            records: records.map { ($0.kind, $0.time) },
            keptData: manifest.attachments.filter { $0.path.hasPrefix("data/") }.map { ($0.path, $0.size) })
    }

    /// The versions made from `version`; one whose manifest is damaged is passed over, as `verify` names it.
    private static func children(
        of version: ModelVersion, among all: some Sequence<ModelVersion>, in store: Store
    ) -> [String] {
        all.filter { (try? store.manifest(of: $0))?.derivation.parents.contains(version.manifest) ?? false }
            .sorted().map(\.description)
    }
}

extension VersionSummary {
    init(_ version: ModelVersion, _ manifest: Manifest, aliases: [String], created: String?) {
        self.init(
            name: version.name.text, number: version.number, digest: version.manifest, aliases: aliases,
            operation: manifest.derivation.operation, architecture: manifest.architecture, task: manifest.task,
            metric: Registry.mainMetric(manifest.metrics?.text(.canonical)), byteCount: manifest.byteCount,
            created: created)
    }
}
