import GRDB
import GRDBSQLite
import ZooBase

/// The versions of one model as a listing shows them, in one value of the index.
///
/// Reading one such value a model takes a fraction of the time that a row of many columns a version takes.
struct ModelListing: Equatable, Sendable {
    /// The rows in ascending order, each behind its length.
    private var packed: [UInt8] = []

    /// Packs the versions of a model, in ascending order.
    init(_ rows: [IndexRow]) {
        for row in rows {
            var packer = Packer()
            packer.put(row)
            var length = Packer()
            length.put(packer.bytes.count)
            packed += length.bytes + packer.bytes
        }
    }

    private init(packed: [UInt8]) { self.packed = packed }

    /// The check value of the row of model `name`.
    private func seal(_ name: String) -> Int64 {
        var sum = Seal()
        sum.take(name)
        packed.withUnsafeBytes { sum.take($0) }
        return sum.value
    }

    /// Where each version lies.
    ///
    /// The check value finds accidents only, so every byte of them is looked at: whoever asks for a version later gets one.
    ///
    /// - Throws: `IndexDamage`.
    func places() throws -> [Range<Int>] {
        try packed.withUnsafeBytes { bytes in
            var reader = Unpacker(bytes)
            var places: [Range<Int>] = []
            var last = 0
            while !reader.rest.isEmpty {
                guard let one = reader.take(reader.number()), let version = PackedVersion(one), version.isText,
                    version.number > last
                else { throw IndexDamage() }
                last = version.number
                let end = bytes.count - reader.rest.count
                places.append(end - one.count..<end)
            }
            if reader.isBroken { throw IndexDamage() }
            return places
        }
    }

    /// Calls `body` with the version at one of the places.
    func withVersion<Result>(at place: Range<Int>, _ body: (PackedVersion) -> Result) -> Result {
        packed.withUnsafeBytes { body(PackedVersion(UnsafeRawBufferPointer(rebasing: $0[place]))!) }
    }

    /// The version at one of the places.
    func summary(at place: Range<Int>, _ name: ModelName, _ aliases: (Int) -> [String]) -> VersionSummary {
        withVersion(at: place) { packed in
            VersionSummary(
                version: ModelVersion(name: name, number: packed.number, manifest: packed.manifest),
                aliases: aliases(packed.number),
                created: packed.created.string ?? "", size: packed.size, operation: packed.operation.string ?? "",
                architecture: packed.architecture.string, task: packed.task.string, licence: packed.licence.string,
                isDamaged: packed.isDamaged, metrics: packed.metrics, parents: packed.parents,
                parameterCount: packed.parameterCount, isLatest: place.upperBound == self.packed.count)
        }
    }
}

extension ModelListing {
    /// Writes the row of model `name`.
    func insert(_ name: String, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO listing VALUES (?, ?, ?)")
        try statement.setArguments([name, seal(name), nil])
        // The library takes bytes from a type of Foundation only.
        let code = packed.withUnsafeBytes {
            sqlite3_bind_blob64(statement.sqliteStatement, 3, $0.baseAddress, UInt64($0.count), Self.copied)
        }
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        try statement.execute()
    }

    /// SQLITE_TRANSIENT, which is a cast.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Reads the rows that meet a condition, by name.
    ///
    /// - Throws: `IndexDamage`.
    static func fetch(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [(name: String, listing: ModelListing)] {
        let statement = try db.makeStatement(
            sql: "SELECT name, seal, versions FROM listing WHERE \(condition) ORDER BY name")
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var found: [(name: String, listing: ModelListing)] = []
        while let row = try rows.next() {
            let name = try row.decode(String.self, atIndex: 0)
            let listing = ModelListing(
                packed: Array(
                    UnsafeRawBufferPointer(
                        start: sqlite3_column_blob(statement.sqliteStatement, 2),
                        count: Int(sqlite3_column_bytes(statement.sqliteStatement, 2)))))
            guard try listing.seal(name) == row.decode(Int64.self, atIndex: 1) else { throw IndexDamage() }
            found.append((name, listing))
        }
        return found
    }
}
