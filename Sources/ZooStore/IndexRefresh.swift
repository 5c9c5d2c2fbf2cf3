import GRDB
import Glibc
import ZooBase

/// Brings the index up to date: models whose folders have another time stamp than when they were read are read again,
/// and of these only the versions that are new, since a version never changes.
struct IndexRefresh {
    private struct Stamp: Equatable {
        let versions: Int64
        let aliases: Int64
    }

    let store: Store

    func run(on queue: DatabaseQueue, stampGrain: Int64) throws {
        let now = Self.nanoseconds()
        let names = try store.refs.names()
        var current: [String: Stamp] = [:]
        for name in names {
            current[name.text] = Stamp(
                versions: Self.changed(store.layout.versions(name)), aliases: Self.changed(store.layout.aliases(name)))
        }
        let known = try queue.read { db in
            var stamps: [String: Stamp] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT name, versions, aliases FROM stamp")
            while let row = try rows.next() { stamps[row[0]] = Stamp(versions: row[1], aliases: row[2]) }
            return stamps
        }
        let damaged = try Set(queue.read { try String.fetchAll($0, sql: "SELECT name FROM version WHERE damaged = 1") })
        let stale = names.filter { known[$0.text] != current[$0.text] || damaged.contains($0.text) }
        let gone = known.keys.filter { current[$0] == nil }
        if stale.isEmpty && gone.isEmpty { return }
        try queue.write { db in
            for name in gone.sorted() { try forget(name, db) }
            for name in stale {
                try read(name, db)
                let stamp = current[name.text]!
                // A stamp that is too fresh to be trusted is stored as one that no folder has.
                let isSettled = max(stamp.versions, stamp.aliases) < now - stampGrain
                try db.execute(
                    sql: "INSERT OR REPLACE INTO stamp VALUES (?, ?, ?)",
                    arguments: [name.text, isSettled ? stamp.versions : -2, stamp.aliases])
            }
        }
    }

    private func forget(_ name: String, _ db: Database) throws {
        for table in ["version", "alias", "stamp"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE name = ?", arguments: [name])
        }
    }

    private func read(_ name: ModelName, _ db: Database) throws {
        let numbers = try store.refs.numbers(name)
        let known = try Set(
            Int.fetchAll(
                db, sql: "SELECT number FROM version WHERE name = ? AND damaged = 0", arguments: [name.text]))
        for number in known.subtracting(numbers) {
            try db.execute(
                sql: "DELETE FROM version WHERE name = ? AND number = ?", arguments: [name.text, number])
        }
        try db.execute(sql: "DELETE FROM version WHERE name = ? AND damaged = 1", arguments: [name.text])
        for number in numbers where !known.contains(number) { try add(name, number, db) }
        try db.execute(sql: "DELETE FROM alias WHERE name = ?", arguments: [name.text])
        for alias in try store.refs.aliases(name) {
            guard let number = try? store.refs.alias(name, alias) else { continue }
            try db.execute(
                sql: "INSERT INTO alias VALUES (?, ?, ?)", arguments: [name.text, alias.text, number])
        }
    }

    private func add(_ name: ModelName, _ number: Int, _ db: Database) throws {
        let digest = try? store.refs.version(name, number)
        let manifest = digest.flatMap { try? store.manifest($0) }
        let created = digest.flatMap { try? store.records.list($0, kind: "created").first?.time }
        let statement = try db.cachedStatement(
            sql: "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            name.text, number, digest?.hex ?? "", created ?? "", manifest?.byteCount ?? 0,
            manifest?.derivation.operation ?? "", manifest?.architecture, manifest?.task,
            manifest?.licences.first?.name, manifest?.weightsDigest?.hex, manifest?.derivation.digest.hex ?? "",
            manifest == nil ? 1 : 0, manifest?.metrics?.text(.canonical),
        ])
    }

    /// When the folder's entries last changed, in nanoseconds; -1 when it is not there.
    private static func changed(_ path: String) -> Int64 {
        var info = stat()
        guard stat(path, &info) == 0 else { return -1 }
        return Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
    }

    private static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
