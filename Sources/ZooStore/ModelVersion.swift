public import ZooBase

/// One numbered version of a model and the manifest that it is.
public struct ModelVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The model.
    public let name: ModelName
    /// 1 or higher; never given twice, also after a removal.
    public let number: Int
    /// The digest of the manifest.
    public let manifest: ContentDigest

    /// Makes the value; it says nothing about what a store holds.
    public init(name: ModelName, number: Int, manifest: ContentDigest) {
        self.name = name
        self.number = number
        self.manifest = manifest
    }

    /// As it is typed, `reviews@2`.
    public var description: String { "\(name)@\(number)" }

    /// By name, then number.
    public static func < (left: Self, right: Self) -> Bool {
        (left.name, left.number) < (right.name, right.number)
    }
}
