import Dispatch
import GRDB
import Synchronization
import ZooBase

/// Brings the index up to date: models whose folders have another time stamp than when they were read are read again,
/// and of these only the versions that are new, since a version never changes.
struct IndexRefresh {
    /// The rows that are read again with their model.
    private static let open = "damaged = 1 OR created = ''"
    /// Models whose new versions are in memory at once.
    private static let batch = 256

    let store: Store
    let current: RefStamps

    /// The sum of the stamps at which everything was up to date; nil when there was none.
    static func sum(_ db: Database) throws -> Int64? { try Int64.fetchOne(db, sql: "SELECT sum FROM state") }

    func run(on queue: DatabaseQueue, stampGrain: Int64, rereading: ModelName? = nil) throws {
        let sum = Int64(bitPattern: current.sum)
        if rereading == nil, try queue.read(Self.sum) == sum { return }
        let entries = current.entries
        var stamps: [String: RefStamps.Stamp] = Dictionary(minimumCapacity: entries.count)
        for (folder, stamp) in entries { stamps[ModelName.text(escaped: folder)] = stamp }
        // A folder that is not exactly a name is nobody's; `verify` names it.
        var settled: Set<String> = Set(minimumCapacity: stamps.count)
        var gone: [String] = []
        try queue.read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT name, versions, aliases FROM stamp")
            while let row = try rows.next() {
                let name = try row.decode(String.self, atIndex: 0)
                guard let stamp = stamps[name] else {
                    gone.append(name)
                    continue
                }
                let known = RefStamps.Stamp(
                    versions: try row.decode(Int64.self, atIndex: 1), aliases: try row.decode(Int64.self, atIndex: 2))
                if stamp == known { settled.insert(name) }
            }
            if let rereading { settled.remove(rereading.text) }
        }
        let stale =
            settled.count < stamps.count
            ? stamps.keys.filter { !settled.contains($0) }.compactMap { try? ModelName(indexed: $0) }.sorted() : []
        if stale.isEmpty && gone.isEmpty { return }
        try queue.write { db in
            try db.execute(sql: "DELETE FROM state")
            for name in gone.sorted() { try forget(name, db) }
            var isSettled = true
            for start in stride(from: 0, to: stale.count, by: Self.batch) {
                let names = Array(stale[start..<min(start + Self.batch, stale.count)])
                for (name, counts) in zip(names, try read(names, db)) {
                    let stamp = stamps[name.text]!
                    // A stamp that is too fresh to be trusted, or that of a model of which something could not be read
                    // and may be whole next time, is stored as one that no folder has.
                    let isKnown = stamp.latest < current.began - stampGrain && !counts.hasOpen
                    if !isKnown { isSettled = false }
                    try db.cachedStatement(sql: "INSERT OR REPLACE INTO stamp VALUES (?, ?, ?, ?, ?)").execute(
                        arguments: [
                            name.text, isKnown ? stamp.versions : -2, stamp.aliases, counts.versions, counts.aliases,
                        ])
                }
            }
            if isSettled { try db.execute(sql: "INSERT INTO state VALUES (?)", arguments: [sum]) }
        }
    }

    private func forget(_ name: String, _ db: Database) throws {
        for table in ["version", "listing", "alias", "stamp"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE name = ?", arguments: [name])
        }
    }

    /// What a model has, and whether it has to be read again next time.
    private struct Counts {
        var versions = 0
        var aliases = 0
        var hasOpen = false
    }

    private func read(_ names: [ModelName], _ db: Database) throws -> [Counts] {
        var counts: [Counts] = []
        var missing: [(name: ModelName, number: Int)] = []
        for name in names {
            let numbers = try store.refs.numbers(name)
            let known = try Set(
                Int.fetchAll(
                    db.cachedStatement(sql: "SELECT number FROM version WHERE name = ? AND NOT (\(Self.open))"),
                    arguments: [name.text]))
            for number in known.subtracting(numbers) {
                try db.execute(
                    sql: "DELETE FROM version WHERE name = ? AND number = ?", arguments: [name.text, number])
            }
            try db.cachedStatement(sql: "DELETE FROM version WHERE name = ? AND (\(Self.open))")
                .execute(arguments: [name.text])
            missing += numbers.filter { !known.contains($0) }.map { (name, $0) }
            let aliases = try readAliases(name, db)
            counts.append(Counts(versions: numbers.count, aliases: aliases.read, hasOpen: aliases.isOpen))
        }
        var open: Set<String> = []
        for found in rows(missing) where try add(found, db) { open.insert(found.row.name) }
        for (index, name) in names.enumerated() {
            if open.contains(name.text) { counts[index].hasOpen = true }
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: "SELECT \(IndexRow.columns) FROM version WHERE name = ? ORDER BY number"),
                arguments: [name.text])
            if rows.isEmpty {
                try db.execute(sql: "DELETE FROM listing WHERE name = ?", arguments: [name.text])
            } else {
                try ModelListing(rows.map { try IndexRow($0) }).insert(name.text, db)
            }
        }
        return counts
    }

    /// How many aliases could be read, and whether one could not.
    private func readAliases(_ name: ModelName, _ db: Database) throws -> (read: Int, isOpen: Bool) {
        try db.cachedStatement(sql: "DELETE FROM alias WHERE name = ?").execute(arguments: [name.text])
        var (count, isOpen) = (0, false)
        for alias in try store.refs.aliases(name) {
            guard let number = try? store.refs.alias(name, alias) else {
                isOpen = true
                continue
            }
            try db.cachedStatement(sql: "INSERT INTO alias VALUES (?, ?, ?, ?)")
                .execute(arguments: [name.text, alias.text, number, Self.seal(name.text, alias.text, number)])
            count += 1
        }
        return (count, isOpen)
    }

    /// A row and the files of its manifest that are not found by a blob of their own digest.
    private struct Found: Sendable {
        var row: IndexRow
        var files: [ContentDigest]
    }

    /// Reads versions from their files, on every core.
    private func rows(_ versions: [(name: ModelName, number: Int)]) -> [Found] {
        let found = Mutex<[Found?]>(Array(repeating: nil, count: versions.count))
        DispatchQueue.concurrentPerform(iterations: versions.count) { index in
            var files: [ContentDigest] = []
            let row = IndexRow(versions[index].name, versions[index].number, in: store) { manifest in
                files = manifest.files.filter { $0.segments.count > 1 && $0.isHashedWhole }.map(\.digest)
            }
            let one = Found(row: row, files: files)
            found.withLock { $0[index] = one }
        }
        return found.withLock { $0.compactMap(\.self) }
    }

    /// Whether the row has to be read again next time.
    private func add(_ found: Found, _ db: Database) throws -> Bool {
        let row = found.row
        try row.insert(db)
        for parent in row.parents.split(separator: " ") {
            // A row that has gone meanwhile does no harm here: who asks looks at the version itself.
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO parent VALUES (?, ?, ?)")
                .execute(arguments: [String(parent), row.name, row.number])
        }
        for file in found.files {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO file VALUES (?, ?)")
                .execute(arguments: [file.hex, row.manifest])
        }
        return row.isOpen
    }

    /// The check value of an alias's row.
    static func seal(_ name: String, _ alias: String, _ number: Int) -> Int64 {
        var sum = Seal()
        sum.take(name)
        sum.take(alias)
        sum.take(number)
        return sum.value
    }
}
