import Foundation
import GRDB
import Synchronization
import Testing
import ZooBase

@testable import ZooStore

/// An index whose rows carry the right check value and are wrong all the same: made by a program, not by an accident.
@Suite struct HostileIndexTests {
    let place: TemporaryStore
    private let expected: [VersionSummary]
    private let good: [UInt8]

    init() throws {
        place = try TemporaryStore()
        let writer = try place.store.writer()
        let file = try writer.add("m", bytes: noise(300))
        let base = try writer.commit(TemporaryStore.manifest([file]), as: try ModelName("base")).version
        var tuned = TemporaryStore.manifest([file], parents: [base])
        tuned.task = "sentiment"
        tuned.metrics = ["accuracy": ["value": 0.5], "f1": ["value": 0.25]]
        let version = try writer.commit(
            tuned, as: try ModelName("base"), facts: [JSONMember("parameters", .integer(1000))]
        ).version
        try place.store.tag(version, try AliasName("best"))
        // A stamp this young is not trusted.
        usleep(150_000)
        expected = Array(try place.store.list())
        #expect(expected.count == 2)
        good = try FilePaths.read(place.home + "/catalog.sqlite")
    }

    /// Changes the index, and looks at everything that is read from it: whether it was made anew for the list, or for
    /// anything.
    private func isRebuilt(
        _ change: (Database) throws -> Void
    ) throws -> (isRebuilt: Bool, isRebuiltAtLast: Bool, list: [VersionSummary]) {
        try FilePaths.remove(place.home + "/catalog.sqlite")
        try AtomicFile.write(good, to: place.home + "/catalog.sqlite")
        let queue = try DatabaseQueue(path: place.home + "/catalog.sqlite")
        try queue.write(change)
        try queue.close()
        place.notices.withLock { $0 = [] }
        let store = place.store
        let list = Array(try store.list())
        let isRebuilt = place.notices.withLock { !$0.isEmpty }
        for summary in list {
            #expect(try store.versions(being: summary.version.manifest).count <= 1)
            _ = try store.children(of: summary.version.manifest)
            _ = try store.versions(derivedFrom: summary.version.manifest)
        }
        _ = try store.indexRows()
        var selection = Selection(name: nil)
        selection.origin = .manifests([expected[0].version.manifest])
        selection.metrics = [try Selection.MetricCondition("accuracy>0.1")]
        _ = try store.list(selection)
        return (isRebuilt, place.notices.withLock { !$0.isEmpty }, list)
    }

    private func setListing(_ packed: [UInt8], _ db: Database) throws {
        var seal = Seal()
        seal.take("base")
        packed.withUnsafeBytes { seal.take($0) }
        try db.execute(
            sql: "UPDATE listing SET versions = ?, seal = ?", arguments: [Data(packed), seal.value])
    }

    private func packed() throws -> [UInt8] {
        let queue = try DatabaseQueue(path: place.home + "/catalog.sqlite")
        return [UInt8](try queue.read { try Data.fetchOne($0, sql: "SELECT versions FROM listing") }!)
    }

    @Test func aListingThatIsNoneIsMadeAnew() throws {
        let whole = try packed()
        /// Both versions with another number at `place` of the first.
        func changed(_ place: Int, _ number: some FixedWidthInteger) -> [UInt8] {
            var bytes = whole
            withUnsafeBytes(of: number.littleEndian) { bytes.replaceSubrange(place..<place + $0.count, with: $0) }
            return bytes
        }
        // The first is a base: one digest and no metric lie before its texts.
        let texts = 56 + 32
        let hostile: [String: [UInt8]] = [
            "nothing": [], "less than a length": Array(whole.prefix(3)), "a tail": whole + [1],
            "half": Array(whole.dropLast(40)), "twice the same": whole + whole,
            "a length of none": changed(0, UInt32(0)),
            "a length too small": changed(0, UInt32(texts)), "a length beyond the end": changed(0, UInt32.max),
            "version 0": changed(4, UInt32(0)), "a size beyond 2^63": changed(8, UInt64.max),
            "parameters beyond 2^63": changed(16, UInt64.max), "a flag that is none": changed(24, UInt32(1 << 6)),
            "no text, and its bytes": changed(24, UInt32(1 << 1)), "one metric": changed(28, UInt32(1)),
            "2^32 metrics": changed(28, UInt32.max), "one parent": changed(32, UInt32(1)),
            "2^32 parents": changed(32, UInt32.max), "a text that ends before it begins": changed(40, UInt32(0)),
            "a text that ends beyond the others": changed(36, UInt32.max),
            "texts that end beyond the end": changed(52, UInt32.max),
            "a text that is no UTF-8": changed(texts, UInt8(0xC3)),
        ]
        for (what, bytes) in hostile.sorted(by: { $0.key < $1.key }) {
            let outcome = try isRebuilt { try setListing(bytes, $0) }
            #expect(outcome.isRebuilt && outcome.list == expected, "\(what)")
        }
    }

    @Test func noByteOfAListingEndsTheProgram() throws {
        let whole = try packed()
        var rebuilt = 0
        for place in whole.indices {
            for byte: UInt8 in [0, 0xFF] where byte != whole[place] {
                var bytes = whole
                bytes[place] = byte
                let outcome = try isRebuilt { try setListing(bytes, $0) }
                if outcome.isRebuilt {
                    rebuilt += 1
                    #expect(outcome.list == expected)
                }
            }
        }
        #expect(rebuilt > whole.count / 4)
    }

    /// The tables without their types, and a foreign value in each column in turn.
    @Test func noValueInAColumnEndsTheProgram() throws {
        let values = [
            "NULL", "-1", "0", "9223372036854775807", "-9223372036854775808", "1e300", "-0.5", "''", "'../x'", "'9e99'",
            "x''", "x'ff00fe'", "x'80'", "CAST(x'c328' AS TEXT)", "'a' || char(0) || 'b'", "zeroblob(70000)",
        ]
        let tables = [
            "version": IndexRow.columns.split(separator: ", ").map(String.init),
            "listing": ["name", "seal", "versions"],
            "alias": ["name", "alias", "number", "seal"],
            "stamp": ["name", "versions", "aliases", "versionCount", "aliasCount"], "state": ["sum"],
            "parent": ["parent", "name", "number"], "file": ["sha256", "manifest"],
        ]
        for (table, columns) in tables.sorted(by: { $0.key < $1.key }) {
            for column in columns {
                for value in values {
                    let outcome = try isRebuilt { db in
                        try db.execute(sql: "CREATE TABLE other AS SELECT * FROM \(table)")
                        try db.execute(sql: "DROP TABLE \(table)")
                        try db.execute(sql: "ALTER TABLE other RENAME TO \(table)")
                        try db.execute(sql: "UPDATE \(table) SET \(column) = \(value)")
                    }
                    #expect(outcome.list == expected, "\(table).\(column) = \(value)")
                }
            }
            let fewer = try isRebuilt { db in
                try db.execute(sql: "DROP TABLE \(table)")
                try db.execute(sql: "CREATE TABLE \(table)(x)")
                try db.execute(sql: "INSERT INTO \(table) VALUES (1)")
            }
            #expect(fewer.list == expected, "\(table)")
        }
    }

    @Test func aRowWithTheRightCheckValueMustBePlausible() throws {
        let changes: [String: (inout IndexRow) -> Void] = [
            "a name": { $0.name = "../x" }, "a number": { $0.number = 0 }, "a manifest": { $0.manifest = "x" },
            "a size": { $0.size = -1 }, "parents": { $0.parents = "00 11" }, "parameters": { $0.parameters = -2 },
            "more parameters": { $0.parameters = .max },
        ]
        for (what, change) in changes.sorted(by: { $0.key < $1.key }) {
            let outcome = try isRebuilt { db in
                var row = try IndexRow(
                    Row.fetchOne(db, sql: "SELECT \(IndexRow.columns) FROM version WHERE number = 1")!)
                change(&row)
                try db.execute(sql: "DELETE FROM version WHERE number = 1")
                try row.insert(db)
            }
            #expect(outcome.isRebuiltAtLast && outcome.list == expected, "\(what)")
        }
        for (name, alias) in [("base", "Best"), ("base", "../x"), ("no such", "best")] {
            let outcome = try isRebuilt { db in
                try db.execute(
                    sql: "UPDATE alias SET name = ?, alias = ?, seal = ?",
                    arguments: [name, alias, IndexRefresh.seal(name, alias, 2)])
            }
            #expect(outcome.isRebuilt && outcome.list == expected, "\(name):\(alias)")
        }
    }

    /// Beyond the years that nanoseconds since 1970 can tell in 64 bits.
    @Test func aFolderMayCarryAnyTime() throws {
        let folder = place.store.layout.versions(try ModelName("base"))
        for year in [1 << 33, 1 << 40, -(1 << 40)] {
            var times = [timespec(tv_sec: year, tv_nsec: 0), timespec(tv_sec: year, tv_nsec: 0)]
            guard utimensat(AT_FDCWD, folder, &times, 0) == 0 else { continue }
            #expect(Array(try place.store.list()) == expected)
        }
    }
}
