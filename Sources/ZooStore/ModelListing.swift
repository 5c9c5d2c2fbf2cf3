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

    /// The check value of the row of model `name`.
    private func seal(_ name: String) -> Int64 {
        var sum = Seal()
        sum.take(name)
        packed.withUnsafeBytes { sum.take($0) }
        return sum.value
    }

    /// Calls `body` with where each version begins.
    ///
    /// - Throws: `IndexDamage`.
    func forEachPlace(_ body: (Int) -> Void) throws {
        try packed.withUnsafeBytes { bytes in
            var reader = Unpacker(bytes: bytes, index: 0)
            while !reader.isAtEnd {
                let length = reader.number()
                guard length > 0, length <= bytes.count - reader.index else { throw IndexDamage() }
                body(reader.index)
                reader.skip(length)
            }
        }
    }

    /// The version that begins at `place`.
    ///
    /// What is read carries the right check value, so it is what `init` packed.
    func summary(at place: Int, _ name: ModelName, _ aliases: [(number: Int, alias: String)]) -> VersionSummary {
        packed.withUnsafeBytes { bytes in
            var reader = Unpacker(bytes: bytes, index: place)
            let number = reader.number()
            let version = ModelVersion(name: name, number: number, manifest: reader.digest())
            return VersionSummary(
                version: version,
                aliases: aliases.isEmpty ? [] : aliases.filter { $0.number == number }.map(\.alias).sorted(),
                created: reader.text() ?? "", size: reader.number(), operation: reader.text() ?? "",
                architecture: reader.text(), task: reader.text(), licence: reader.text(),
                isDamaged: reader.number() != 0,
                metrics: (0..<reader.number()).map { _ in
                    VersionSummary.Metric(name: reader.text() ?? "", value: Double(bitPattern: reader.bits()))
                },
                parents: (0..<reader.number()).map { _ in reader.digest() }, parameterCount: reader.count(),
                isLatest: reader.isAtEnd)
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
            var listing = ModelListing([])
            listing.packed = Array(
                UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(statement.sqliteStatement, 2),
                    count: Int(sqlite3_column_bytes(statement.sqliteStatement, 2))))
            guard try listing.seal(name) == row.decode(Int64.self, atIndex: 1) else { throw IndexDamage() }
            found.append((name, listing))
        }
        return found
    }
}

/// Writes values as bytes.
private struct Packer {
    var bytes: [UInt8] = []

    mutating func put(_ row: IndexRow) {
        put(row.number)
        bytes += row.digest.bytes
        put(row.created)
        put(row.size)
        put(row.operation)
        for text in [row.architecture, row.task, row.licence] { put(text) }
        put(row.isDamaged ? 1 : 0)
        let metrics = row.measured
        put(metrics.count)
        for metric in metrics {
            put(metric.name)
            put(metric.value.bitPattern)
        }
        let parents = row.parentDigests
        put(parents.count)
        for parent in parents { bytes += parent.bytes }
        put(row.parameters.map { $0 + 1 } ?? 0)
    }

    mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }

    /// Seven bits a byte, the low ones first (LEB128).
    private mutating func put(_ bits: UInt64) {
        var rest = bits
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Behind its length and one; nil is zero.
    private mutating func put(_ text: String?) {
        put(text.map { $0.utf8.count + 1 } ?? 0)
        bytes += (text ?? "").utf8
    }
}

/// Reads what `Packer` wrote; never beyond the end.
private struct Unpacker {
    let bytes: UnsafeRawBufferPointer
    private(set) var index: Int

    init(bytes: UnsafeRawBufferPointer, index: Int) {
        self.bytes = bytes
        self.index = index
    }

    var isAtEnd: Bool { index == bytes.count }

    mutating func skip(_ count: Int) {
        precondition(count >= 0 && count <= bytes.count - index)
        index += count
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
        skip(count)
        return UnsafeRawBufferPointer(rebasing: bytes[index - count..<index])
    }

    mutating func bits() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            precondition(index < bytes.count)
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func number() -> Int { Int(Int64(bitPattern: bits())) }

    /// A number that was stored one higher; nil for zero.
    mutating func count() -> Int? {
        let number = number()
        return number > 0 ? number - 1 : nil
    }

    mutating func text() -> String? { count().map { String(decoding: take($0), as: UTF8.self) } }

    mutating func digest() -> ContentDigest { ContentDigest(bytes: take(32)) }
}
