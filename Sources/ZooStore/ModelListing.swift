import GRDB
import GRDBSQLite
import ZooBase

/// The versions of one model as a listing shows them, in one value of the index.
///
/// Reading one such value a model takes a fraction of the time that a row of many columns a version takes.
struct ModelListing {
    /// Versions in ascending order, end to end.
    private let packed: [UInt8]

    /// Packs the versions of a model, in ascending order.
    init(_ rows: [IndexRow]) { packed = rows.flatMap { PackedVersion.bytes(of: $0) } }

    /// Whether it is `bytes`.
    func isSame(_ bytes: UnsafeRawBufferPointer) -> Bool { packed.elementsEqual(bytes) }

    /// The check value of the row of model `name`.
    private static func seal(_ name: String, _ bytes: UnsafeRawBufferPointer) -> Int64 {
        var sum = Seal()
        sum.take(name)
        sum.take(bytes)
        return sum.value
    }

    /// Calls `body` with each version in `bytes`.
    ///
    /// The check value finds accidents only, so every byte of them is looked at: what is handed out is whole.
    ///
    /// - Throws: `IndexDamage`.
    static func forEachVersion(in bytes: UnsafeRawBufferPointer, _ body: (PackedVersion) -> Void) throws {
        var rest = bytes
        var last = 0
        while !rest.isEmpty {
            guard let version = PackedVersion(checking: rest), version.isText, version.number > last else {
                throw IndexDamage()
            }
            last = version.number
            body(version)
            rest = UnsafeRawBufferPointer(rebasing: rest[version.byteCount...])
        }
    }

    /// Writes the row of model `name`.
    func insert(_ name: String, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO listing VALUES (?, ?, ?)")
        try packed.withUnsafeBytes { packed in
            try statement.setArguments([name, Self.seal(name, packed), nil])
            // The library takes bytes from a type of Foundation only.
            let code = sqlite3_bind_blob64(
                statement.sqliteStatement, 3, packed.baseAddress, UInt64(packed.count), Self.copied)
            guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        }
        try statement.execute()
    }

    /// SQLITE_TRANSIENT, which is a cast.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Calls `body` with the name and the bytes of each row that meets a condition, by name; the bytes are gone when it
    /// returns.
    ///
    /// - Throws: `IndexDamage`.
    static func forEachRow(
        _ db: Database, _ condition: String, _ arguments: StatementArguments,
        _ body: (String, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let statement = try db.makeStatement(
            sql: "SELECT name, seal, versions FROM listing WHERE \(condition) ORDER BY name")
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() {
            let name = try row.decode(String.self, atIndex: 0)
            let bytes = UnsafeRawBufferPointer(
                start: sqlite3_column_blob(statement.sqliteStatement, 2),
                count: Int(sqlite3_column_bytes(statement.sqliteStatement, 2)))
            // No model has no versions, and of no bytes there is no address.
            guard !bytes.isEmpty, try seal(name, bytes) == row.decode(Int64.self, atIndex: 1) else {
                throw IndexDamage()
            }
            try body(name, bytes)
        }
    }
}
