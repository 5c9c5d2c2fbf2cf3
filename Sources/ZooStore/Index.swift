import GRDB
import Glibc
import Synchronization
import ZooBase

/// `catalog.sqlite`: what listings and look-ups need, in one place.
///
/// Only an index: refs, manifests and records are the truth, and it is brought up to date from them before each use.
final class Index: Sendable {
    /// Raised when the tables change; another number means the file is made anew.
    private static let schema = 9
    /// A folder that changed this shortly before it was read may change again without a new time stamp.
    private static let stampGrain: Int64 = 100_000_000

    /// A command that only reads looks whether the index is up to date once in this time, however often it asks.
    private static let lookAgain = Duration.milliseconds(500)

    private enum Place: CaseIterable { case file, newFile, readOnlyFile, memory }

    private let layout: Layout
    private let notice: @Sendable (String) -> Void
    private let opened = Mutex<(place: Place, queue: DatabaseQueue)?>(nil)
    private let looked = Mutex<ContinuousClock.Instant?>(nil)

    init(layout: Layout, notice: @escaping @Sendable (String) -> Void) {
        self.layout = layout
        self.notice = notice
    }

    /// Runs `body` on an index that is up to date.
    ///
    /// When the file is damaged it is made anew; when it cannot be written it is read if it is up to date, else an
    /// index in memory serves.
    ///
    /// - Parameter rereading: a model that is read again even if its folders have not changed.
    func read<Result>(
        _ store: Store, rereading: ModelName? = nil, _ body: (Database) throws -> Result
    ) throws(StoreError) -> Result {
        var place = opened.withLock { $0?.place } ?? .file
        while true {
            do {
                let isDue = store.access == .readWrite || rereading != nil || !wasLookedAt
                let path = layout.refs
                let stamps = isDue ? Later { () throws(StoreError) in try RefStamps(path) } : nil
                let queue = try queue(at: place)
                guard let stamps else { return try queue.read(body) }
                // Nearly always the index is up to date, so it is read while the stamps are still being looked at.
                let early = try queue.read { db in
                    try rereading == nil ? IndexRefresh.sum(db).map { ($0, try body(db)) } : nil
                }
                let current = try stamps.value()
                let isCurrent = early?.0 == Int64(bitPattern: current.sum)
                if !isCurrent {
                    try IndexRefresh(store: store, current: current)
                        .run(on: queue, stampGrain: Self.stampGrain, rereading: rereading)
                }
                looked.withLock { $0 = .now }
                return try isCurrent ? early!.1 : queue.read(body)
            } catch let error as StoreError {
                throw error
            } catch {
                opened.withLock { $0 = nil }
                looked.withLock { $0 = nil }
                switch place {
                case .file where Self.isDamage(error):
                    notice("the index of the registry was damaged and has been made anew")
                    place = .newFile
                case .file: place = .readOnlyFile
                case .newFile, .readOnlyFile: place = .memory
                case .memory: throw .damaged(path: layout.index, reason: "\(error)")
                }
            }
        }
    }

    /// Forgets everything, so that the next use reads every version again.
    func rebuild() throws(StoreError) {
        opened.withLock { $0 = nil }
        for suffix in ["", "-journal", "-wal", "-shm"] {
            try io { () throws(FileError) in try FilePaths.remove(layout.index + suffix) }
        }
    }

    private var wasLookedAt: Bool { looked.withLock { $0.map { .now - $0 < Self.lookAgain } ?? false } }

    private func queue(at place: Place) throws -> DatabaseQueue {
        if let open = opened.withLock({ $0 }), open.place == place { return open.queue }
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let queue: DatabaseQueue
        switch place {
        case .file: queue = try DatabaseQueue(path: layout.index, configuration: configuration)
        case .newFile:
            try rebuild()
            queue = try DatabaseQueue(path: layout.index, configuration: configuration)
        case .readOnlyFile:
            configuration.readonly = true
            queue = try DatabaseQueue(path: layout.index, configuration: configuration)
        case .memory: queue = try DatabaseQueue()
        }
        if try queue.read({ try Int.fetchOne($0, sql: "PRAGMA user_version") }) != Self.schema {
            try queue.write { db in
                // Another process may have made the tables meanwhile.
                guard try Int.fetchOne(db, sql: "PRAGMA user_version") != Self.schema else { return }
                for table in ["version", "listing", "alias", "stamp", "state", "file", "parent"] {
                    try db.execute(sql: "DROP TABLE IF EXISTS \(table)")
                }
                try db.execute(sql: Self.tables)
                try db.execute(sql: "PRAGMA user_version = \(Self.schema)")
            }
        }
        opened.withLock { $0 = (place, queue) }
        return queue
    }

    private static let tables = """
        CREATE TABLE version(
            name TEXT NOT NULL, number INTEGER NOT NULL, manifest TEXT NOT NULL, created TEXT NOT NULL,
            size INTEGER NOT NULL, operation TEXT NOT NULL, architecture TEXT, task TEXT, licence TEXT,
            weights TEXT, derivation TEXT NOT NULL, damaged INTEGER NOT NULL, metrics TEXT, parents TEXT NOT NULL,
            parameters INTEGER, seal INTEGER NOT NULL,
            PRIMARY KEY(name, number)) STRICT, WITHOUT ROWID;
        CREATE INDEX version_manifest ON version(manifest);
        CREATE INDEX version_derivation ON version(derivation);
        CREATE TABLE listing(name TEXT PRIMARY KEY, seal INTEGER NOT NULL, versions BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE alias(
            name TEXT NOT NULL, alias TEXT NOT NULL, number INTEGER NOT NULL, seal INTEGER NOT NULL,
            PRIMARY KEY(name, alias)) STRICT, WITHOUT ROWID;
        CREATE TABLE stamp(
            name TEXT PRIMARY KEY, versions INTEGER NOT NULL, aliases INTEGER NOT NULL,
            versionCount INTEGER NOT NULL, aliasCount INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE state(sum INTEGER NOT NULL) STRICT;
        CREATE TABLE parent(
            parent TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
            PRIMARY KEY(parent, name, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE file(sha256 TEXT PRIMARY KEY, manifest TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// Whether an error of SQLite tells of the file's content, not of the disk, of permissions or of another process.
    private static func isDamage(_ error: any Error) -> Bool {
        guard let code = (error as? DatabaseError)?.resultCode else { return true }
        let outside: [ResultCode] = [
            .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_FULL, .SQLITE_PERM,
            .SQLITE_AUTH, .SQLITE_NOMEM,
        ]
        return !outside.contains(code)
    }
}

/// A row of the index that does not have the check value it carries, or a row too few or too many.
struct IndexDamage: Error {}
