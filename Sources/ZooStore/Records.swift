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
        let names = try FilePaths.listIfPresent(folder)
        let lost = names.filter { $0.hasSuffix(Self.setAside) }.compactMap { Self.numbers($0) }
        var number = (names.compactMap { Self.sequence($0) }.max() ?? 0) + 1
        while let taken = lost.first(where: { $0.contains(number) }) { number = taken.upperBound + 1 }
        guard Refs.numbers.contains(number) else {
            throw .damaged(path: folder, reason: "the numbers of records end at \(Refs.numbers.upperBound)")
        }
        let record = Record(sequence: number, kind: kind, time: time, body: body)
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

    /// Whether the making of `version` is on record; a record that cannot be read is as good as none.
    func isRecorded(_ version: ModelVersion) throws(StoreError) -> Bool {
        let folder = store.layout.records(version.manifest)
        return try FilePaths.listIfPresent(folder).contains { name in
            guard name.hasSuffix("-created.json"), let sequence = Self.sequence(name),
                let record = try? read(FilePaths.join(folder, name), version.manifest, sequence)
            else { return false }
            return record.body["version"]?.string == version.description
        }
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

    static func sequence(_ name: String) -> Int? { name.hasSuffix(".json") ? numbers(name)?.lowerBound : nil }

    /// What the name of a record ends in that was set aside, and of what stands for one that is lost: its number is not
    /// given again, and nobody reads it.
    static let setAside = ".damaged"

    /// The numbers in the name of a record, of one that was set aside, or of what stands for some that are lost.
    static func numbers(_ name: String) -> ClosedRange<Int>? {
        guard name.hasSuffix(".json") || name.hasSuffix(setAside) else { return nil }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = number(parts[0]) else { return nil }
        guard parts.count == 3, parts[2] == "missing" + setAside, let last = number(parts[1]), first < last else {
            return first...first
        }
        return first...last
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text),
            Refs.numbers.contains(number)
        else { return nil }
        return number
    }

    static func name(_ sequence: Int, _ kind: String) -> String { padded(sequence) + "-\(kind).json" }

    /// The name of the empty file that stands for records that are lost.
    static func name(lost numbers: ClosedRange<Int>) -> String {
        padded(numbers.lowerBound) + (numbers.count > 1 ? "-" + padded(numbers.upperBound) : "") + "-missing" + setAside
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }

    /// The numbers up to `highest` that none of `taken` has.
    static func gaps(between taken: [ClosedRange<Int>], upTo highest: Int) -> [ClosedRange<Int>] {
        var gaps: [ClosedRange<Int>] = []
        var next = 1
        for numbers in taken.sorted(by: { $0.lowerBound < $1.lowerBound }) where numbers.lowerBound <= highest {
            if numbers.lowerBound > next { gaps.append(next...numbers.lowerBound - 1) }
            next = max(next, numbers.upperBound + 1)
        }
        return gaps
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
