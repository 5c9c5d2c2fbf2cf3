public import ZooBase

/// What a listing shows of a version.
public struct VersionSummary: Sendable, Hashable {
    /// A number that was measured.
    public struct Metric: Sendable, Hashable {
        /// As in `accuracy`.
        public let name: String
        /// The number.
        public let value: Double

        /// The numbers in `metrics` of a manifest, in its order.
        public static func all(in metrics: JSON?) -> [Self] {
            (metrics?.members ?? []).compactMap { member in
                member.value["value"]?.number.map { Self(name: member.name, value: $0) }
            }
        }
    }

    /// The version.
    public let version: ModelVersion
    /// The aliases that point at it, sorted.
    public let aliases: [String]
    /// When it was made here, UTC, as in RFC 3339; empty when that is not recorded.
    public let created: String
    /// Bytes of its files.
    public let size: Int
    /// What made it.
    public let operation: String
    /// Its architecture, when it is known.
    public let architecture: String?
    /// Its task; nil for a base.
    public let task: String?
    /// The licence that holds.
    public let licence: String?
    /// Whether its manifest cannot be read; then only `version`, `isLatest` and `aliases` say something.
    public let isDamaged: Bool
    /// What was measured as it was made, in the manifest's order.
    public let metrics: [Metric]
    /// The manifests it was derived from.
    public let parents: [ContentDigest]
    /// The number of its weights' elements, when that was counted.
    public let parameterCount: Int?
    /// Whether it is the highest of its model.
    public let isLatest: Bool
}
