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

    /// The rows that are read again with their model.
    private static let open = "damaged = 1 OR created = ''"

    let store: Store

    func run(on queue: DatabaseQueue, stampGrain: Int64, rereading: ModelName? = nil) throws {
        let now = Self.nanoseconds()
        var current = try stamps()
        var stale: [ModelName] = []
        var gone: [String] = []
        try queue.read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT name, versions, aliases FROM stamp")
            var settled: Set<String> = []
            while let row = try rows.next() {
                let name = try row.decode(String.self, atIndex: 0)
                guard let stamp = current[name] else {
                    gone.append(name)
                    continue
                }
                let known = Stamp(
                    versions: try row.decode(Int64.self, atIndex: 1), aliases: try row.decode(Int64.self, atIndex: 2))
                if stamp == known { settled.insert(name) }
            }
            // What was damaged may be whole now.
            settled.subtract(try String.fetchAll(db, sql: "SELECT name FROM version WHERE damaged = 1"))
            if let rereading { settled.remove(rereading.text) }
            guard settled.count < current.count else { return }
            stale = current.keys.filter { !settled.contains($0) }.compactMap { try? ModelName($0) }.sorted()
        }
        if stale.isEmpty && gone.isEmpty { return }
        try queue.write { db in
            for name in gone.sorted() { try forget(name, db) }
            for name in stale {
                let counts = try read(name, db)
                let stamp = current.removeValue(forKey: name.text)!
                // A stamp that is too fresh to be trusted is stored as one that no folder has.
                let isSettled = max(stamp.versions, stamp.aliases) < now - stampGrain
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO stamp VALUES (?, ?, ?, ?, ?)").execute(arguments: [
                    name.text, isSettled ? stamp.versions : -2, stamp.aliases, counts.versions, counts.aliases,
                ])
            }
        }
    }

    private func forget(_ name: String, _ db: Database) throws {
        for table in ["version", "alias", "stamp"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE name = ?", arguments: [name])
        }
    }

    private func read(_ name: ModelName, _ db: Database) throws -> (versions: Int, aliases: Int) {
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
        for number in numbers where !known.contains(number) { try add(name, number, db) }
        try db.cachedStatement(sql: "DELETE FROM alias WHERE name = ?").execute(arguments: [name.text])
        var aliases = 0
        for alias in try store.refs.aliases(name) {
            guard let number = try? store.refs.alias(name, alias) else { continue }
            try db.cachedStatement(sql: "INSERT INTO alias VALUES (?, ?, ?, ?)")
                .execute(arguments: [name.text, alias.text, number, Self.seal(name.text, alias.text, number)])
            aliases += 1
        }
        return (numbers.count, aliases)
    }

    private func add(_ name: ModelName, _ number: Int, _ db: Database) throws {
        var manifest: Manifest?
        let row = IndexRow(name, number, in: store) { manifest = $0 }
        try row.insert(db)
        for parent in row.parents.split(separator: " ") {
            // A row that has gone meanwhile does no harm here: who asks looks at the version itself.
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO parent VALUES (?, ?, ?)")
                .execute(arguments: [String(parent), name.text, number])
        }
        // A file of one segment is found by its blob.
        for file in manifest?.files ?? [] where file.segments.count > 1 && file.isHashedWhole {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO file VALUES (?, ?)")
                .execute(arguments: [file.digest.hex, row.manifest])
        }
    }

    /// The check value of an alias's row.
    static func seal(_ name: String, _ alias: String, _ number: Int) -> Int64 {
        var sum = Seal()
        sum.take(name)
        sum.take(alias)
        sum.take(number)
        return sum.value
    }

    /// When the folders of each model last changed, by name.
    ///
    /// Two system calls a model: this is most of what a listing of a large registry costs.
    private func stamps() throws(StoreError) -> [String: Stamp] {
        let path = store.layout.refs
        guard let folder = opendir(path) else { throw .file(FileError("open folder", path)) }
        defer { closedir(folder) }
        let descriptor = dirfd(folder)
        var stamps: [String: Stamp] = [:]
        while let entry = readdir(folder) {
            let escaped = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !escaped.hasPrefix("."), let name = ModelName(escaped: escaped) else { continue }
            stamps[name.text] = Stamp(
                versions: Self.changed(descriptor, escaped + "/versions"),
                aliases: Self.changed(descriptor, escaped + "/aliases"))
        }
        return stamps
    }

    /// When the folder's entries last changed, in nanoseconds; -1 when it is not there.
    private static func changed(_ folder: Int32, _ path: String) -> Int64 {
        var info = stat()
        guard fstatat(folder, path, &info, 0) == 0 else { return -1 }
        return Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
    }

    private static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
