import GRDB
import GRDBSQLite
import ZooBase

/// The versions of one model as a listing shows them, in one value of the index.
///
/// Reading one such value a model takes a fraction of the time that a row of many columns a version takes.
struct ModelListing: Equatable {
    private var packed: [UInt8] = []

    private init(_ packed: UnsafeRawBufferPointer) { self.packed = Array(packed) }

    /// Packs the versions of a model, in ascending order.
    init(_ rows: [IndexRow]) {
        put(rows.count)
        for row in rows {
            put(row.number)
            packed += row.digest.bytes
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
            for parent in parents { packed += parent.bytes }
            put(row.parameters.map { $0 + 1 } ?? 0)
        }
    }

    /// A number in groups of seven bits, low ones first (LEB128).
    private mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            packed.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        packed.append(UInt8(rest))
    }

    private mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }

    /// A text behind its length and one; nil is zero.
    private mutating func put(_ text: String?) {
        put(text.map { $0.utf8.count + 1 } ?? 0)
        packed += (text ?? "").utf8
    }

    /// The check value of the row of model `name`.
    func seal(_ name: String) -> Int64 {
        var sum = Seal()
        sum.take(name)
        packed.withUnsafeBytes { sum.take($0) }
        return sum.value
    }

    /// Appends the versions of `name` to `summaries`.
    ///
    /// - Throws: `IndexDamage`.
    func unpack(
        _ name: ModelName, _ aliases: [(number: Int, alias: String)], into summaries: inout [VersionSummary]
    ) throws {
        try packed.withUnsafeBytes { bytes in
            var reader = Reader(bytes: bytes)
            var left = try reader.number()
            while left > 0 {
                left -= 1
                let number = try reader.number()
                summaries.append(
                    VersionSummary(
                        version: ModelVersion(name: name, number: number, manifest: try reader.digest()),
                        isLatest: left == 0,
                        aliases: aliases.isEmpty ? [] : aliases.filter { $0.number == number }.map(\.alias).sorted(),
                        created: try reader.text() ?? "", size: try reader.number(),
                        operation: try reader.text() ?? "", architecture: try reader.text(), task: try reader.text(),
                        licence: try reader.text(), isDamaged: try reader.number() != 0,
                        metrics: try reader.metrics(), parents: try reader.digests(),
                        parameterCount: try reader.count()))
            }
        }
    }

    /// Reads what was packed; every read is checked, and what does not fit is damage.
    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        private var index = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        private mutating func take(_ count: Int) throws(IndexDamage) -> UnsafeRawBufferPointer {
            guard count >= 0, count <= bytes.count - index else { throw IndexDamage() }
            defer { index += count }
            return UnsafeRawBufferPointer(rebasing: bytes[index..<index + count])
        }

        mutating func bits() throws(IndexDamage) -> UInt64 {
            var value: UInt64 = 0
            for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
                let byte = try take(1)[0]
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            throw IndexDamage()
        }

        mutating func number() throws(IndexDamage) -> Int { Int(Int64(bitPattern: try bits())) }

        /// A number that was stored one higher; nil for zero.
        mutating func count() throws(IndexDamage) -> Int? {
            let number = try number()
            return number > 0 ? number - 1 : nil
        }

        mutating func text() throws(IndexDamage) -> String? {
            guard let count = try count() else { return nil }
            return String(decoding: try take(count), as: UTF8.self)
        }

        mutating func digest() throws(IndexDamage) -> ContentDigest { ContentDigest(bytes: try take(32)) }

        mutating func digests() throws(IndexDamage) -> [ContentDigest] {
            var all: [ContentDigest] = []
            for _ in 0..<max(0, try number()) { all.append(try digest()) }
            return all
        }

        mutating func metrics() throws(IndexDamage) -> [VersionSummary.Metric] {
            var all: [VersionSummary.Metric] = []
            for _ in 0..<max(0, try number()) {
                all.append(.init(name: try text() ?? "", value: Double(bitPattern: try bits())))
            }
            return all
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
            let start = sqlite3_column_blob(statement.sqliteStatement, 2)
            let count = Int(sqlite3_column_bytes(statement.sqliteStatement, 2))
            let listing = ModelListing(UnsafeRawBufferPointer(start: start, count: count))
            guard try listing.seal(name) == row.decode(Int64.self, atIndex: 1) else { throw IndexDamage() }
            found.append((name, listing))
        }
        return found
    }
}
