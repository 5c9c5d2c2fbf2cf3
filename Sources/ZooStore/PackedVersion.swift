public import ZooBase

/// A version of a `VersionList`, read from its bytes, which must stay where they are while this value is used.
///
/// The bytes are never written, so it may be sent anywhere.
public struct PackedVersion: @unchecked Sendable {
    /// Where the numbers lie, all of them little-endian.
    ///
    /// Behind them are the manifest's digest and those of the parents, then the value of each metric and where its name
    /// ends, then all texts, end to end.
    private enum Offset {
        static let byteCount = 0
        static let number = 4
        static let size = 8
        static let parameters = 16
        static let flags = 24
        static let metricCount = 28
        static let parentCount = 32
        static let textEnds = 36
        static let digests = textEnds + 4 * Text.count
    }
    /// The texts that every version has; the names of its metrics are behind them.
    private enum Text: Int {
        case created, operation, architecture, task, licence

        static let count = 5
        /// The flag that says that there is none.
        var none: UInt32 { 2 << rawValue }
    }
    private static let damagedFlag: UInt32 = 1
    private static let digestSize = 32
    private static let metricSize = 12

    private let start: UnsafeRawPointer

    /// The version that `bytes` begin with; nil when they do not.
    ///
    /// Whether its texts are UTF-8 is not looked at.
    init?(checking bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Offset.digests, let start = bytes.baseAddress else { return nil }
        self.start = start
        guard byteCount <= bytes.count, textStart <= byteCount, number > 0, size >= 0, load64(Offset.parameters) >= 0,
            flags < 2 << Text.count
        else { return nil }
        var end = 0
        for text in 0..<Text.count + metricCount {
            let next = textEnd(text)
            guard next >= end, next == end || text >= Text.count || flags & 2 << text == 0 else { return nil }
            end = next
        }
        guard textStart + end == byteCount else { return nil }
    }

    /// The version at `start`, which was checked.
    init(checked start: UnsafeRawPointer) { self.start = start }

    /// Its address.
    var address: UnsafeRawPointer { start }
    /// How many bytes it fills.
    var byteCount: Int { load32(Offset.byteCount) }
    /// Its number.
    public var number: Int { load32(Offset.number) }
    /// Bytes of its files.
    public var size: Int { load64(Offset.size) }
    /// The number of its weights' elements, when that was counted.
    public var parameterCount: Int? {
        let parameters = load64(Offset.parameters)
        return parameters == 0 ? nil : parameters - 1
    }
    /// Whether its manifest cannot be read.
    public var isDamaged: Bool { flags & Self.damagedFlag != 0 }
    /// When it was made here; empty when that is not recorded.
    public var created: PackedText { text(.created) }
    /// What made it.
    public var operation: PackedText { text(.operation) }
    /// Its architecture, when it is known.
    public var architecture: PackedText { text(.architecture) }
    /// Its task; none for a base.
    public var task: PackedText { text(.task) }
    /// The licence that holds.
    public var licence: PackedText { text(.licence) }
    /// The manifest's digest.
    public var manifest: ContentDigest { digest(0) }
    /// How many manifests it was derived from.
    public var parentCount: Int { load32(Offset.parentCount) }
    /// The manifests it was derived from.
    public var parents: [ContentDigest] { (0..<parentCount).map(parent) }

    /// One of the manifests it was derived from.
    public func parent(_ index: Int) -> ContentDigest {
        precondition(index < parentCount)
        return digest(1 + index)
    }

    /// What was measured, in the manifest's order.
    var metrics: [VersionSummary.Metric] {
        var metrics: [VersionSummary.Metric] = []
        forEachMetric { name, value in metrics.append(VersionSummary.Metric(name: name.string ?? "", value: value)) }
        return metrics
    }

    /// Calls `body` with the name and the value of each metric.
    public func forEachMetric(_ body: (PackedText, Double) -> Void) {
        for index in 0..<metricCount {
            let value = UInt64(truncatingIfNeeded: load64(metricStart + Self.metricSize * index))
            body(text(at: Text.count + index), Double(bitPattern: value))
        }
    }

    /// Whether every text is UTF-8.
    var isText: Bool {
        // Nearly everything is plain ASCII.
        let all = UnsafeRawBufferPointer(start: start + textStart, count: byteCount - textStart)
        return all.reduce(0, |) < 0x80 || (0..<Text.count + metricCount).allSatisfy { text(at: $0).isValid }
    }

    private var flags: UInt32 { UInt32(load32(Offset.flags)) }
    private var metricCount: Int { load32(Offset.metricCount) }
    private var metricStart: Int { Offset.digests + Self.digestSize * (1 + parentCount) }
    private var textStart: Int { metricStart + Self.metricSize * metricCount }

    /// Where text `index` ends, counted from where the texts begin.
    private func textEnd(_ index: Int) -> Int {
        index < Text.count
            ? load32(Offset.textEnds + 4 * index)
            : load32(metricStart + Self.metricSize * (index - Text.count) + 8)
    }

    private func text(_ text: Text) -> PackedText {
        flags & text.none == 0 ? self.text(at: text.rawValue) : PackedText(nil)
    }

    private func text(at index: Int) -> PackedText {
        let first = index == 0 ? 0 : textEnd(index - 1)
        return PackedText(UnsafeRawBufferPointer(start: start + textStart + first, count: textEnd(index) - first))
    }

    private func digest(_ index: Int) -> ContentDigest {
        let place = start + Offset.digests + Self.digestSize * index
        return ContentDigest(bytes: UnsafeRawBufferPointer(start: place, count: Self.digestSize))
    }

    private func load32(_ offset: Int) -> Int {
        Int(UInt32(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    private func load64(_ offset: Int) -> Int {
        Int(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: Int.self))
    }

    /// The bytes of the version in `row`.
    static func bytes(of row: IndexRow) -> [UInt8] {
        let metrics = row.measured
        let digests = [row.digest] + row.parentDigests
        let texts = [row.created, row.operation, row.architecture, row.task, row.licence]
        var flags = row.isDamaged ? damagedFlag : 0
        for (index, text) in texts.enumerated() where text == nil { flags |= 2 << index }
        var bytes: [UInt8] = []
        func put(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
        let characters = texts.map { Array(($0 ?? "").utf8) } + metrics.map { Array($0.name.utf8) }
        let ends = characters.reduce(into: [0]) { $0.append($0.last! + $1.count) }.dropFirst().map { UInt32($0) }
        put(
            UInt32(
                Offset.digests + digestSize * digests.count + metricSize * metrics.count + Int(ends.last!)))
        put(UInt32(row.number))
        put(row.size)
        put(row.parameters.map { $0 + 1 } ?? 0)
        put(flags)
        put(UInt32(metrics.count))
        put(UInt32(digests.count - 1))
        for end in ends.prefix(Text.count) { put(end) }
        for digest in digests { bytes += digest.bytes }
        for (metric, end) in zip(metrics, ends.dropFirst(Text.count)) {
            put(metric.value.bitPattern)
            put(end)
        }
        return bytes + characters.joined()
    }
}

/// A text where it lies; none is another thing than an empty one.
public struct PackedText {
    private let start: UnsafeRawPointer?
    // No value of the index has more bytes.
    private let length: UInt32

    init(_ bytes: UnsafeRawBufferPointer?) {
        start = bytes?.baseAddress
        length = UInt32(truncatingIfNeeded: bytes?.count ?? 0)
    }

    /// Its UTF-8; nil for none.
    public var bytes: UnsafeRawBufferPointer? { start.map { UnsafeRawBufferPointer(start: $0, count: Int(length)) } }

    /// A copy.
    public var string: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// Whether it is UTF-8.
    fileprivate var isValid: Bool { bytes.map { String(validating: $0, as: UTF8.self) != nil } ?? true }

    /// Whether it is this text, byte for byte.
    public static func == (text: Self, other: [UInt8]) -> Bool {
        guard let bytes = text.bytes, bytes.count == other.count else { return false }
        return bytes.elementsEqual(other)
    }
}
