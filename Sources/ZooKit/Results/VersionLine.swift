internal import ZooStore

/// What `VersionSummary` says of a version, its texts as UTF-8 where the listing holds them: good only while the call
/// that hands it out goes on.
///
/// Tens of thousands of versions are printed without a copy of each of their texts.
public struct VersionLine {
    private let packed: PackedVersion
    /// The model's name.
    public let name: UnsafeRawBufferPointer
    /// Aliases that point at it, sorted.
    public let aliases: [String]

    init(_ packed: PackedVersion, name: UnsafeRawBufferPointer, aliases: [String]) {
        self.packed = packed
        self.name = name
        self.aliases = aliases
    }

    /// The version's number.
    public var number: Int { packed.number }
    /// The operation that made it; nil for a version that is damaged.
    public var operation: UnsafeRawBufferPointer? { packed.isDamaged ? nil : packed.operation.bytes }
    /// The architecture, when it is one we know.
    public var architecture: UnsafeRawBufferPointer? { packed.architecture.bytes }
    /// The task of its head.
    public var task: UnsafeRawBufferPointer? { packed.task.bytes }
    /// Bytes of all files.
    public var byteCount: Int { packed.size }
    /// When it was made, RFC 3339 in UTC; empty when that is not recorded.
    public var created: UnsafeRawBufferPointer? { packed.created.bytes }

    /// Accuracy where it was measured, else what was measured first.
    public var metric: (name: UnsafeRawBufferPointer, value: Double)? {
        var main: (name: UnsafeRawBufferPointer, value: Double)?
        var isAccuracy = false
        packed.forEachMetric { name, value in
            guard let text = name.bytes, main == nil || !isAccuracy && name == Self.accuracy else { return }
            main = (text, value)
            isAccuracy = name == Self.accuracy
        }
        return main
    }

    private static let accuracy = Array("accuracy".utf8)
}
