import GRDB
public import ZooBase

extension Store {
    /// Every version, or those of one model, by name and number.
    public func list(_ name: ModelName? = nil) throws(StoreError) -> VersionList {
        try list(Selection(name: name))
    }

    /// The versions that `selection` asks for, by name and number.
    public func list(_ selection: Selection) throws(StoreError) -> VersionList {
        // What a version was derived from may be of any name.
        let name = selection.origin == nil ? selection.name : nil
        return selection.choose(among: try readIndex(VersionList()) { db in try Self.versions(of: name, db) })
    }

    private static func versions(of name: ModelName?, _ db: Database) throws -> VersionList {
        // Written out: SQLite would use no index for a condition that asks whether there is a name.
        let only = name == nil ? "1" : "name = ?"
        let one: StatementArguments = name.map { [$0.text] } ?? []
        var aliases: [String: [(number: Int, alias: String)]] = [:]
        let pairs = try Row.fetchCursor(
            db, sql: "SELECT name, alias, number, seal FROM alias WHERE \(only)", arguments: one)
        var aliasCount = 0
        while let row = try pairs.next() {
            let name = try row.decode(String.self, atIndex: 0)
            let alias = try row.decode(String.self, atIndex: 1)
            let number = try row.decode(Int.self, atIndex: 2)
            guard try IndexRefresh.seal(name, alias, number) == row.decode(Int64.self, atIndex: 3),
                (try? AliasName(alias))?.text == alias
            else { throw IndexDamage() }
            aliases[name, default: []].append((number, alias))
            aliasCount += 1
        }
        let counts = try Row.fetchOne(
            db, sql: "SELECT ifnull(sum(versionCount), 0), ifnull(sum(aliasCount), 0) FROM stamp WHERE \(only)",
            arguments: one)!
        let count = try counts.decode(Int.self, atIndex: 0)
        // A count that is wrong is no size to rely on.
        var versions = VersionList(reserving: min(max(count, 0), 1 << 20))
        try ModelListing.forEachRow(db, only, one) { text, packed in
            let own = aliases.isEmpty ? nil : aliases.removeValue(forKey: text)
            try versions.append(ModelName(indexed: text), packed, aliases: own ?? [])
        }
        guard aliases.isEmpty else { throw IndexDamage() }
        guard count == versions.count, try counts.decode(Int.self, atIndex: 1) == aliasCount else {
            throw IndexDamage()
        }
        return versions
    }

    /// Counts rows where they lie: `count(*)` would count the entries of an index, which may have one of a lost row.
    private static let rowCount = "count(seal)"

    /// The versions that this derivation gave: what is there need not be computed again.
    public func versions(derivedBy derivation: ContentDigest) throws(StoreError) -> [ModelVersion] {
        try find("derivation = ?", derivation.hex)
    }

    /// The versions that are this manifest.
    public func versions(being manifest: ContentDigest) throws(StoreError) -> [ModelVersion] {
        try find("manifest = ?", manifest.hex)
    }

    /// The versions of each of these manifests, by manifest.
    public func versions(being manifests: Set<ContentDigest>) throws(StoreError) -> [ContentDigest: [ModelVersion]] {
        try readIndex([:]) { db in
            var found: [ContentDigest: [ModelVersion]] = [:]
            for manifest in manifests {
                found[manifest] = try Self.rows(db, "manifest = ?", [manifest.hex]).compactMap(\.version)
            }
            return found
        }
    }

    /// The versions derived from a manifest in one step, found by an index: good for showing, not for deciding what may
    /// be removed.
    public func children(of manifest: ContentDigest) throws(StoreError) -> [ModelVersion] {
        try readIndex([]) { db in
            let condition = """
                (name, number) IN (SELECT name, number FROM parent WHERE parent = ?) AND instr(parents, ?) > 0
                """
            return try Self.rows(db, condition, [manifest.hex, manifest.hex]).compactMap(\.version)
        }
    }

    /// The versions that were derived from a manifest in one step, by name and number.
    func versions(derivedFrom manifest: ContentDigest) throws(StoreError) -> [ModelVersion] {
        try find("instr(parents, ?) > 0", manifest.hex)
    }

    /// The versions whose manifest's digest begins with `prefix`, hexadecimal digits.
    func versions(digestPrefix prefix: String) throws(StoreError) -> [ModelVersion] {
        try find("manifest GLOB ?", prefix + "*")
    }

    /// What the index says of each version, to be compared with the files.
    func indexRows() throws(StoreError) -> [IndexRow] {
        try readIndex([]) { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT \(IndexRow.columns) FROM version ORDER BY name, number"
            ).map { try IndexRow($0) }
            var models = Dictionary(grouping: rows, by: \.name)
            try ModelListing.forEachRow(db, "1", []) { name, packed in
                guard let rows = models.removeValue(forKey: name), ModelListing(rows).isSame(packed) else {
                    throw IndexDamage()
                }
            }
            guard models.isEmpty else { throw IndexDamage() }
            return rows
        }
    }

    /// Brings the index up to date and reads again what it lacks of `name`.
    func refreshIndex(_ name: ModelName) throws(StoreError) { try index.read(self, rereading: name) { _ in } }

    /// Makes the index anew from refs, manifests and records.
    public func rebuildIndex() throws(StoreError) {
        try requireWritable()
        try index.rebuild()
        _ = try list(Selection(name: nil))
    }

    private func find(_ condition: String, _ argument: String?) throws(StoreError) -> [ModelVersion] {
        try readIndex([]) { db in
            let counts = try Row.fetchOne(
                db, sql: "SELECT ifnull(sum(versionCount), 0), (SELECT \(Self.rowCount) FROM version) FROM stamp")!
            guard try counts.decode(Int.self, atIndex: 0) == counts.decode(Int.self, atIndex: 1) else {
                throw IndexDamage()
            }
            return try Self.rows(db, condition, argument.map { [$0] } ?? []).compactMap(\.version)
        }
    }

    private static func rows(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [IndexRow] {
        try Row.fetchAll(
            db, sql: "SELECT \(IndexRow.columns) FROM version WHERE damaged = 0 AND \(condition) ORDER BY name, number",
            arguments: arguments
        ).map { try IndexRow($0) }
    }

    private func readIndex<Result>(_ empty: Result, _ body: (Database) throws -> Result) throws(StoreError) -> Result {
        guard FilePaths.isFolder(layout.refs) else { return empty }
        return try index.read(self, body)
    }
}
