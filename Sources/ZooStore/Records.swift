import Glibc
public import ZooBase

/// One fact about a version, added after it was made.
public struct Record: Sendable, Hashable {
    /// Counts up from 1 within a manifest.
    public let sequence: Int
    /// What sort of fact: `created`, `pulled`, `evaluation`, `note` and so on.
    public let kind: String
    /// When it was added, UTC, as in RFC 3339.
    public let time: String
    /// The fact.
    public let body: JSON
}

/// Append-only facts about versions: `records/<manifest>/<seq>-<kind>.json`.
public struct Records: Sendable {
    let store: Store

    /// Adds a fact of a kind (lower-case letters and `-`).
    @discardableResult
    public func append(_ kind: String, _ body: JSON, to manifest: ContentDigest) throws(StoreError) -> Record {
        precondition(!kind.isEmpty && kind.utf8.allSatisfy { ModelName.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        try store.requireWritable()
        let hold = try store.shared()
        defer { withExtendedLifetime(hold) {} }
        return try write(kind, body, to: manifest)
    }

    /// Adds a fact, for who holds the lock of the registry.
    @discardableResult
    func write(
        _ kind: String, _ body: JSON, to manifest: ContentDigest, time: String = Clock.now()
    ) throws(StoreError) -> Record {
        let folder = store.layout.records(manifest)
        try io { () throws(FileError) in try FilePaths.makeDurableFolder(folder) }
        // The number must be free whatever its kind, so the folder itself is locked.
        let lock = try Lock(folder, .exclusive, what: "another zoo command is adding a record")
        defer { withExtendedLifetime(lock) {} }
        let last = try FilePaths.listIfPresent(folder).compactMap { Self.number($0) }.max() ?? 0
        let record = Record(sequence: last + 1, kind: kind, time: time, body: body)
        let name = Self.name(record.sequence, kind)
        let text = SealedJSON.text(
            ["body": body, "kind": .string(kind), "time": .string(record.time)],
            context: Self.context(manifest, record.sequence))
        try io { () throws(FileError) in
            try AtomicFile.write(Array((text + "\n").utf8), to: FilePaths.join(folder, name))
        }
        return record
    }

    /// The facts about a manifest in the order they were added, of one kind or of all.
    ///
    /// - Throws: `StoreError.damaged`.
    public func list(_ manifest: ContentDigest, kind: String? = nil) throws(StoreError) -> [Record] {
        let folder = store.layout.records(manifest)
        var records: [Record] = []
        for name in try FilePaths.listIfPresent(folder) {
            guard let sequence = Self.sequence(name), kind == nil || name.hasSuffix("-\(kind!).json") else { continue }
            records.append(try read(FilePaths.join(folder, name), manifest, sequence))
        }
        return records.sorted { $0.sequence < $1.sequence }
    }

    /// The oldest fact of a kind; nil when there is none.
    func first(_ manifest: ContentDigest, kind: String) throws(StoreError) -> Record? {
        let folder = store.layout.records(manifest)
        for name in try FilePaths.listIfPresent(folder) where name.hasSuffix("-\(kind).json") {
            if let sequence = Self.sequence(name) {
                return try read(FilePaths.join(folder, name), manifest, sequence)
            }
        }
        return nil
    }

    /// The fact in the file at `path`.
    func read(_ path: String, _ manifest: ContentDigest, _ sequence: Int) throws(StoreError) -> Record {
        let bytes = try io { () throws(FileError) in try FilePaths.read(path) }
        let json = try SealedJSON.read(
            bytes, context: Self.context(manifest, sequence), unsealed: ["body", "kind", "time"], path: path)
        guard let kind = json["kind"]?.string, let time = json["time"]?.string, let body = json["body"],
            path.hasSuffix("-\(kind).json")
        else { throw .damaged(path: path, reason: "not the record its name says") }
        return Record(sequence: sequence, kind: kind, time: time, body: body)
    }

    /// What ties a record to its place.
    private static func context(_ manifest: ContentDigest, _ sequence: Int) -> String { "\(manifest.hex) \(sequence)" }

    static func sequence(_ name: String) -> Int? { name.hasSuffix(".json") ? number(name) : nil }

    /// What the name of a record ends in that was set aside, and of what stands for one that is lost: its number is not
    /// given again, and nobody reads it.
    static let setAside = ".damaged"

    /// The number in the name of a record, or of one that was set aside.
    static func number(_ name: String) -> Int? {
        guard name.hasSuffix(".json") || name.hasSuffix(setAside) else { return nil }
        return name.split(separator: "-").first.flatMap { Int($0) }
    }

    static func name(_ sequence: Int, _ kind: String) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits + "-\(kind).json"
    }

    /// Says that `manifest` is about to become a version: until its `created` record is there, that record is not lost
    /// but was never written.
    func announce(_ manifest: ContentDigest) throws(StoreError) {
        let path = announcement(of: manifest)
        try io { () throws(FileError) in
            try FilePaths.makeDurableFolder(FilePaths.parent(of: path))
            try AtomicFile.write([], to: path)
        }
    }

    /// The file that `announce` makes.
    func announcement(of manifest: ContentDigest) -> String { store.layout.records(manifest) + "/.making" }
}

extension Store {
    /// The records.
    public var records: Records { Records(store: self) }
}
