/// What to make again, and from what.
public struct ReproduceRequest: Sendable {
    /// The largest relative difference of a tensor that still counts as the same on other kernels.
    public static let usualBound = 0.01

    /// The version.
    public var reference: String
    /// Files and folders that went in and that the registry does not keep; found by their SHA-256.
    public var inputs: [String] = []
    /// Whether mirrors on other machines are left alone.
    public var isOffline = false
    /// The bound in use.
    public var bound = Self.usualBound
    /// Worker threads; nil for one a core.
    public var threads: Int?

    /// A request with everything else at its default.
    public init(_ reference: String) { self.reference = reference }
}
