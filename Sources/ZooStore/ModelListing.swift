import GRDB
import GRDBSQLite
import ZooBase

/// The versions of one model as a listing shows them, in one value of the index.
///
/// Reading one such value a model takes a fraction of the time that a row of many columns a version takes.
struct ModelListing: Sendable {
    /// Bytes that stay in their place as long as this lives.
    private final class Storage: @unchecked Sendable {
        let bytes: UnsafeRawBufferPointer

        init(copying bytes: UnsafeRawBufferPointer) {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            copy.copyMemory(from: bytes)
            self.bytes = UnsafeRawBufferPointer(copy)
        }

        deinit { bytes.deallocate() }
    }

    /// The rows in ascending order, each behind its length.
    private let packed: Storage

    /// Packs the versions of a model, in ascending order.
    init(_ rows: [IndexRow]) {
        var packed: [UInt8] = []
        for row in rows {
            var packer = Packer()
            packer.put(row)
            var length = Packer()
            length.put(packer.bytes.count)
            packed += length.bytes + packer.bytes
        }
        self.packed = packed.withUnsafeBytes { Storage(copying: $0) }
    }

    private init(packed: UnsafeRawBufferPointer) { self.packed = Storage(copying: packed) }

    /// The check value of the row of model `name`.
    private func seal(_ name: String) -> Int64 {
        var sum = Seal()
        sum.take(name)
        sum.take(packed.bytes)
        return sum.value
    }

    /// The versions, which must not be used once this listing is gone.
    ///
    /// The check value finds accidents only, so every byte of them is looked at: what is handed out is whole.
    ///
    /// - Throws: `IndexDamage`.
    func versions() throws -> [PackedVersion] {
        var versions: [PackedVersion] = []
        versions.reserveCapacity(packed.bytes.count / Self.usualSize + 1)
        var reader = Unpacker(packed.bytes)
        var last = 0
        while !reader.rest.isEmpty {
            guard let one = reader.take(reader.number()), let version = PackedVersion(one), version.isText,
                version.number > last
            else { throw IndexDamage() }
            last = version.number
            versions.append(version)
        }
        if reader.isBroken { throw IndexDamage() }
        return versions
    }

    /// Bytes that most versions take at least.
    private static let usualSize = 160
}

extension ModelListing: Equatable {
    /// Equal when all bytes are.
    static func == (left: Self, right: Self) -> Bool { left.packed.bytes.elementsEqual(right.packed.bytes) }
}

extension ModelListing {
    /// Writes the row of model `name`.
    func insert(_ name: String, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO listing VALUES (?, ?, ?)")
        try statement.setArguments([name, seal(name), nil])
        // The library takes bytes from a type of Foundation only.
        let code = sqlite3_bind_blob64(
            statement.sqliteStatement, 3, packed.bytes.baseAddress, UInt64(packed.bytes.count), Self.copied)
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
                packed: UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(statement.sqliteStatement, 2),
                    count: Int(sqlite3_column_bytes(statement.sqliteStatement, 2))))
            guard try listing.seal(name) == row.decode(Int64.self, atIndex: 1) else { throw IndexDamage() }
            found.append((name, listing))
        }
        return found
    }
}
