import GRDB
public import ZooBase

extension Store {
    /// Every version, or those of one model, by name and number.
    public func list(_ name: ModelName? = nil) throws(StoreError) -> [VersionSummary] {
        try list(Selection(name: name))
    }

    /// The versions that `selection` asks for, by name and number.
    public func list(_ selection: Selection) throws(StoreError) -> [VersionSummary] {
        try readIndex([]) { db in
            // Written out: SQLite would use no index for a condition that asks whether there is a name.
            let only = selection.name == nil ? "1" : "name = ?"
            let one: StatementArguments = selection.name.map { [$0.text] } ?? []
            var aliases: [String: [(number: Int, alias: String)]] = [:]
            let pairs = try Row.fetchCursor(
                db, sql: "SELECT name, alias, number, seal FROM alias WHERE \(only)", arguments: one)
            var aliasCount = 0
            while let row = try pairs.next() {
                let name = try row.decode(String.self, atIndex: 0)
                let alias = try row.decode(String.self, atIndex: 1)
                let number = try row.decode(Int.self, atIndex: 2)
                guard try IndexRefresh.seal(name, alias, number) == row.decode(Int64.self, atIndex: 3) else {
                    throw IndexDamage()
                }
                aliases[name, default: []].append((number, alias))
                aliasCount += 1
            }
            let counts = try Row.fetchOne(
                db,
                sql: """
                    SELECT ifnull(sum(versionCount), 0), ifnull(sum(aliasCount), 0),
                        (SELECT \(Self.rowCount) FROM version WHERE \(only))
                    FROM stamp WHERE \(only)
                    """, arguments: one + one)!
            guard try counts.decode(Int.self, atIndex: 0) == counts.decode(Int.self, atIndex: 2),
                try counts.decode(Int.self, atIndex: 1) == aliasCount
            else { throw IndexDamage() }
            let descendants = try selection.ancestors.map { try Self.descendants(of: $0, db) }
            var summaries: [VersionSummary] = []
            let (condition, arguments) = Self.condition(selection)
            let latest = try Self.latestNumbers(only, one, db)
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM version WHERE \(condition) ORDER BY name, number", arguments: arguments)
            while let row = try rows.next() {
                let row = try IndexRow(row)
                if let descendants, !descendants.contains(row.manifest) { continue }
                guard let version = row.version else { continue }
                summaries.append(
                    VersionSummary(
                        version: version, isLatest: row.number == latest[row.name],
                        aliases: (aliases[row.name] ?? []).filter { $0.number == row.number }.map(\.alias).sorted(),
                        created: row.created, size: row.size, operation: row.operation,
                        architecture: row.architecture, task: row.task, licence: row.licence,
                        weightsDigest: row.weights, derivation: row.derivation, isDamaged: row.isDamaged,
                        metrics: row.metrics, parents: row.parentDigests, parameterCount: row.parameters))
            }
            return summaries
        }
    }

    /// Counts rows where they lie: `count(*)` would count the entries of an index, which may have one of a lost row.
    private static let rowCount = "count(seal)"

    private static func latestNumbers(
        _ only: String, _ one: StatementArguments, _ db: Database
    ) throws -> [String: Int] {
        var latest: [String: Int] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT name, max(number) FROM version WHERE \(only) GROUP BY name", arguments: one)
        while let row = try rows.next() {
            latest[try row.decode(String.self, atIndex: 0)] = try row.decode(Int.self, atIndex: 1)
        }
        return latest
    }

    private static func condition(_ selection: Selection) -> (String, StatementArguments) {
        var parts = ["1"]
        var arguments = StatementArguments()
        func add(_ part: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            parts.append(part)
            arguments += [value]
        }
        add("name = ?", selection.name?.text)
        add("architecture = ?", selection.architecture)
        add("task = ?", selection.task)
        add("lower(licence) = ?", selection.licence?.lowercased())
        add("parameters <= ?", selection.maximumParameters)
        for condition in selection.metrics {
            arguments += ["$.\"\(condition.metric)\".value"]
            add("json_extract(metrics, ?) \(condition.comparison.rawValue) ?", condition.bound)
        }
        return (parts.joined(separator: " AND "), arguments)
    }

    /// The manifests of all versions derived from `ancestors`, these left out.
    private static func descendants(of ancestors: Set<ContentDigest>, _ db: Database) throws -> Set<String> {
        var children: [Substring: [String]] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT manifest, parents FROM version WHERE parents != ''")
        while let row = try rows.next() {
            let child = try row.decode(String.self, atIndex: 0)
            for parent in try row.decode(String.self, atIndex: 1).split(separator: " ") {
                children[parent, default: []].append(child)
            }
        }
        var found: Set<String> = []
        var pending = ancestors.map(\.hex)
        while let parent = pending.popLast() {
            for child in children[Substring(parent)] ?? [] where found.insert(child).inserted { pending.append(child) }
        }
        return found
    }

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
            try Row.fetchAll(db, sql: "SELECT * FROM version ORDER BY name, number").map { try IndexRow($0) }
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
            db, sql: "SELECT * FROM version WHERE damaged = 0 AND \(condition) ORDER BY name, number",
            arguments: arguments
        ).map { try IndexRow($0) }
    }

    private func readIndex<Result>(_ empty: Result, _ body: (Database) throws -> Result) throws(StoreError) -> Result {
        guard FilePaths.isFolder(layout.refs) else { return empty }
        return try index.read(self, body)
    }
}
