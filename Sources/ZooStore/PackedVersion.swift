public import ZooBase

/// A version in a `ModelListing`: numbers, and texts where they lie, which must stay there while this value is used.
///
/// The bytes are never written, so it may be sent anywhere.
public struct PackedVersion: @unchecked Sendable {
    /// Its number.
    public let number: Int
    /// The manifest's digest.
    public let manifest: ContentDigest
    /// When it was made here; empty when that is not recorded.
    public let created: PackedText
    /// Bytes of its files.
    public let size: Int
    /// What made it.
    public let operation: PackedText
    /// Its architecture, when it is known.
    public let architecture: PackedText
    /// Its task; none for a base.
    public let task: PackedText
    /// The licence that holds.
    public let licence: PackedText
    /// Whether its manifest cannot be read.
    public let isDamaged: Bool
    private let metricCount: Int
    private let metricBytes: PackedText
    private let parentBytes: PackedText
    /// The number of its weights' elements, when that was counted.
    public let parameterCount: Int?

    /// Reads the version that fills `bytes`; nil when they are not one.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = Unpacker(bytes)
        number = reader.number()
        guard let manifest = reader.digests(1).map({ ContentDigest(bytes: $0) }) else { return nil }
        self.manifest = manifest
        created = reader.text()
        size = reader.number()
        operation = reader.text()
        architecture = reader.text()
        task = reader.text()
        licence = reader.text()
        let damaged = reader.number()
        isDamaged = damaged != 0
        metricCount = reader.number()
        let metrics = reader.rest
        var metricsLeft = metricCount
        while metricsLeft > 0, !reader.isBroken {
            _ = reader.text()
            _ = reader.bits()
            metricsLeft -= 1
        }
        metricBytes = PackedText(UnsafeRawBufferPointer(rebasing: metrics.dropLast(reader.rest.count)))
        guard let parents = reader.digests(reader.number()) else { return nil }
        parentBytes = PackedText(parents)
        let parameters = reader.number()
        parameterCount = parameters == 0 ? nil : parameters - 1
        guard !reader.isBroken, reader.rest.isEmpty, number > 0, damaged <= 1 else { return nil }
    }

    /// Whether every text is UTF-8.
    var isText: Bool {
        // No array: it would be made anew for each version of a long listing.
        var isText =
            created.isValid && operation.isValid && architecture.isValid && task.isValid && licence.isValid
        forEachMetric { name, _ in if !name.isValid { isText = false } }
        return isText
    }

    /// What was measured, in the manifest's order.
    var metrics: [VersionSummary.Metric] {
        if metricCount == 0 { return [] }
        var metrics: [VersionSummary.Metric] = []
        forEachMetric { name, value in metrics.append(VersionSummary.Metric(name: name.string ?? "", value: value)) }
        return metrics
    }

    /// Calls `body` with the name and the value of each metric.
    public func forEachMetric(_ body: (PackedText, Double) -> Void) {
        guard metricCount > 0, let bytes = metricBytes.bytes else { return }
        var reader = Unpacker(bytes)
        for _ in 0..<metricCount { body(reader.text(), Double(bitPattern: reader.bits())) }
    }

    /// The manifests it was derived from.
    public var parents: [ContentDigest] { (0..<parentCount).map(parent) }

    /// How many manifests it was derived from.
    public var parentCount: Int { parentBytes.count / 32 }

    /// One of the manifests it was derived from.
    public func parent(_ index: Int) -> ContentDigest {
        ContentDigest(bytes: UnsafeRawBufferPointer(rebasing: parentBytes.bytes![32 * index..<32 * index + 32]))
    }
}

/// A text where it lies; none is another thing than an empty one.
public struct PackedText {
    private let start: UnsafeRawPointer?
    // No value of the index has more bytes; a listing holds many of these.
    private let length: UInt32

    init(_ bytes: UnsafeRawBufferPointer?) {
        start = bytes?.baseAddress
        length = UInt32(bytes?.count ?? 0)
    }

    /// Its UTF-8; nil for none.
    public var bytes: UnsafeRawBufferPointer? { start.map { UnsafeRawBufferPointer(start: $0, count: count) } }

    fileprivate var count: Int { Int(length) }

    /// A copy.
    public var string: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// Whether it is UTF-8.
    fileprivate var isValid: Bool {
        guard let bytes else { return true }
        // Nearly everything is plain ASCII.
        if bytes.reduce(0, |) < 0x80 { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// Whether it is this text, byte for byte.
    public static func == (text: Self, other: [UInt8]) -> Bool { text.bytes?.elementsEqual(other) ?? false }
}

/// Writes values as bytes.
struct Packer {
    private(set) var bytes: [UInt8] = []

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

    /// A number of at least 0.
    mutating func put(_ number: Int) { put(UInt64(number)) }

    /// Seven bits a byte, the low ones first (LEB128).
    mutating func put(_ bits: UInt64) {
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

/// Reads what `Packer` wrote.
///
/// What cannot be read is zero or nothing, and `isBroken` says so from then on. A listing of everything reads very many
/// numbers: the common ones, of one byte, are read in place.
struct Unpacker {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    /// Whether something was not there or was no number.
    private(set) var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// What was not read yet; nothing after something that could not be read.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[index...]) }

    /// The next bytes; nil when there are fewer.
    @inline(__always)
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= bytes.count - index else {
            fail()
            return nil
        }
        index += count
        return UnsafeRawBufferPointer(rebasing: bytes[index - count..<index])
    }

    @inline(never)
    private mutating func fail() {
        isBroken = true
        index = bytes.count
    }

    @inline(__always)
    mutating func bits() -> UInt64 {
        if index < bytes.count, bytes[index] < 0x80 {
            index += 1
            return UInt64(bytes[index - 1])
        }
        return longBits()
    }

    @inline(never)
    private mutating func longBits() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, index < bytes.count {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        fail()
        return 0
    }

    /// A number of at least 0.
    @inline(__always)
    mutating func number() -> Int {
        if let number = Int(exactly: bits()) { return number }
        fail()
        return 0
    }

    @inline(__always)
    mutating func text() -> PackedText {
        let length = number()
        return PackedText(length == 0 ? nil : take(length - 1))
    }

    /// `count` digests end to end.
    mutating func digests(_ count: Int) -> UnsafeRawBufferPointer? {
        let (length, overflow) = count.multipliedReportingOverflow(by: 32)
        return take(overflow ? .max : length)
    }
}
