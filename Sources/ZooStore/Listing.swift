import GRDB
public import ZooBase

extension Store {
    /// Every version, or those of one model, by name and number.
    public func list(_ name: ModelName? = nil) throws(StoreError) -> [VersionSummary] {
        try readIndex([]) { db in
            var aliases: [String: [String]] = [:]
            let pairs = try Row.fetchCursor(db, sql: "SELECT name, number, alias FROM alias ORDER BY name, alias")
            while let row = try pairs.next() {
                aliases["\(row[0] as String)@\(row[1] as Int)", default: []].append(row[2])
            }
            var summaries: [VersionSummary] = []
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT *, number = max(number) OVER (PARTITION BY name) FROM version
                    WHERE :name IS NULL OR name = :name ORDER BY name, number
                    """, arguments: ["name": name?.text])
            while let row = try rows.next() {
                guard let version = Self.version(row) else { continue }
                summaries.append(
                    VersionSummary(
                        version: version, isLatest: row[13], aliases: aliases[version.description] ?? [],
                        created: row[3], size: row[4], operation: row[5], architecture: row[6], task: row[7],
                        licence: row[8], weightsDigest: row[9], derivation: row[10], isDamaged: row[11],
                        metrics: row[12]))
            }
            return summaries
        }
    }

    /// The versions that this derivation gave: what is there need not be computed again.
    public func versions(derivedBy derivation: ContentDigest) throws(StoreError) -> [ModelVersion] {
        try find("derivation = ?", derivation.hex)
    }

    /// The versions that are this manifest.
    public func versions(being manifest: ContentDigest) throws(StoreError) -> [ModelVersion] {
        try find("manifest = ?", manifest.hex)
    }

    /// The versions whose manifest's digest begins with `prefix`, hexadecimal digits.
    func versions(digestPrefix prefix: String) throws(StoreError) -> [ModelVersion] {
        try find("manifest GLOB ?", prefix + "*")
    }

    /// Makes the index anew from refs, manifests and records.
    public func rebuildIndex() throws(StoreError) {
        try requireWritable()
        try index.rebuild()
        _ = try list()
    }

    private func find(_ condition: String, _ argument: String) throws(StoreError) -> [ModelVersion] {
        try readIndex([]) { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM version WHERE damaged = 0 AND \(condition) ORDER BY name, number",
                arguments: [argument]
            ).compactMap(Self.version)
        }
    }

    private func readIndex<Result>(_ empty: Result, _ body: (Database) throws -> Result) throws(StoreError) -> Result {
        guard FilePaths.isFolder(layout.refs) else { return empty }
        return try index.read(self, body)
    }

    private static func version(_ row: Row) -> ModelVersion? {
        guard let name = try? ModelName(row[0] as String) else { return nil }
        // A damaged ref has no digest; zeros stand in for it.
        let digest = ContentDigest(hex: row[2] as String) ?? ContentDigest(hex: String(repeating: "0", count: 64))!
        return ModelVersion(name: name, number: row[1], manifest: digest)
    }
}
