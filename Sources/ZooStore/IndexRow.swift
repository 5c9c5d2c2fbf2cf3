import GRDB
import ZooBase

/// A version as the index keeps it.
///
/// A row carries a check value over its other columns, so that a flipped bit in the index is found when the row is read.
struct IndexRow: Equatable {
    var name: String
    var number: Int
    var manifest = ""
    var created = ""
    var size = 0
    var operation = ""
    var architecture: String?
    var task: String?
    var licence: String?
    var weights: String?
    var derivation = ""
    var isDamaged = true
    var metrics: String?
    /// Manifests in hexadecimal digits, divided by spaces.
    var parents = ""
    var parameters: Int?

    /// Whether something could not be read, or is not there yet: then it is read again next time.
    var isOpen: Bool { isDamaged || created.isEmpty }

    /// What the files say of version `number` of `name`; of a damaged one only that it is.
    ///
    /// `found` is given the manifest.
    init(_ name: ModelName, _ number: Int, in store: Store, found: (Manifest) -> Void = { _ in }) {
        self.name = name.text
        self.number = number
        guard let digest = try? store.refs.version(name, number) else { return }
        manifest = digest.hex
        let record = (try? store.records.first(digest, kind: "created")) ?? nil
        created = record?.time ?? ""
        parameters = record?.body["parameters"]?.integer.flatMap { (0..<Int.max).contains($0) ? $0 : nil }
        guard let manifest = try? store.manifest(digest) else { return }
        found(manifest)
        size = manifest.byteCount
        operation = manifest.derivation.operation
        architecture = manifest.architecture
        task = manifest.task
        licence = manifest.licences.first?.name
        weights = manifest.weightsDigest?.hex
        derivation = manifest.derivation.digest.hex
        isDamaged = false
        metrics = manifest.metrics?.text(.canonical)
        parents = manifest.derivation.parents.map(\.hex).joined(separator: " ")
    }

    /// What `init(_ row:)` reads, in its order.
    static let columns = """
        name, number, manifest, created, size, operation, architecture, task, licence, weights, derivation, damaged, \
        metrics, parents, parameters, seal
        """

    /// Reads a row of `columns`.
    ///
    /// - Throws: `IndexDamage`.
    init(_ row: Row) throws {
        name = try row.decode(String.self, atIndex: 0)
        number = try row.decode(Int.self, atIndex: 1)
        manifest = try row.decode(String.self, atIndex: 2)
        created = try row.decode(String.self, atIndex: 3)
        size = try row.decode(Int.self, atIndex: 4)
        operation = try row.decode(String.self, atIndex: 5)
        architecture = try row.decode(String?.self, atIndex: 6)
        task = try row.decode(String?.self, atIndex: 7)
        licence = try row.decode(String?.self, atIndex: 8)
        weights = try row.decode(String?.self, atIndex: 9)
        derivation = try row.decode(String.self, atIndex: 10)
        isDamaged = try row.decode(Bool.self, atIndex: 11)
        metrics = try row.decode(String?.self, atIndex: 12)
        parents = try row.decode(String.self, atIndex: 13)
        parameters = try row.decode(Int?.self, atIndex: 14)
        guard try seal == row.decode(Int64.self, atIndex: 15), isPlausible else { throw IndexDamage() }
    }

    func insert(_ db: Database) throws {
        let marks = Array(repeating: "?", count: 16).joined(separator: ", ")
        try db.cachedStatement(sql: "INSERT INTO version VALUES (\(marks))").execute(arguments: [
            name, number, manifest, created, size, operation, architecture, task, licence, weights, derivation,
            isDamaged, metrics, parents, parameters, seal,
        ])
    }

    /// The check value.
    var seal: Int64 {
        var sum = Seal()
        sum.take(name)
        sum.take(number)
        sum.take(manifest)
        sum.take(created)
        sum.take(size)
        sum.take(operation)
        for text in [architecture, task, licence, weights] { sum.take(text) }
        sum.take(derivation)
        sum.take(isDamaged ? 1 : 0)
        sum.take(metrics)
        sum.take(parents)
        sum.take(parameters ?? -1)
        return sum.value
    }

    /// Whether it can have come from files: the check value finds accidents only.
    private var isPlausible: Bool {
        (try? ModelName(name))?.text == name && Refs.numbers.contains(number) && size >= 0
            && (0..<Int.max).contains(parameters ?? 0)
            && (ContentDigest(hex: manifest) != nil || manifest.isEmpty && isDamaged)
            && parents.split(separator: " ").allSatisfy { ContentDigest(hex: $0) != nil }
    }

    /// The version; nil when its name is not one.
    var version: ModelVersion? {
        (try? ModelName(name)).map { ModelVersion(name: $0, number: number, manifest: digest) }
    }

    /// The manifest's digest; of a damaged ref, which has none, zeros.
    var digest: ContentDigest {
        ContentDigest(hex: manifest) ?? ContentDigest(hex: String(repeating: "0", count: 64))!
    }

    /// The manifests it was derived from.
    var parentDigests: [ContentDigest] { parents.split(separator: " ").compactMap { ContentDigest(hex: $0) } }

    /// What was measured.
    var measured: [VersionSummary.Metric] {
        VersionSummary.Metric.all(in: metrics.flatMap { try? JSONParser.parse($0) })
    }
}

/// FNV-1a over the values taken (64 bits; Fowler, Noll and Vo), eight bytes at once.
///
/// It finds accidents, not malice.
struct Seal {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func take(_ text: String?) {
        guard var text else { return take(-1) }
        text.withUTF8 { take(UnsafeRawBufferPointer($0)) }
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        take(bytes.count)
        let whole = bytes.count & ~7
        for place in stride(from: 0, to: whole, by: 8) {
            take(Int(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int.self)))
        }
        var rest = 0
        for byte in bytes[whole...] { rest = rest << 8 | Int(byte) }
        take(rest)
    }

    mutating func take(_ number: Int) {
        state = (state ^ UInt64(bitPattern: Int64(number))) &* 0x100_0000_01b3
        // The product alone carries nothing down from the high bits.
        state ^= state >> 32
    }

    var value: Int64 { Int64(bitPattern: state) }
}
