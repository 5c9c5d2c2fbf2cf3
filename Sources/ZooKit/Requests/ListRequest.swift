/// What versions a listing is to show; what is nil or empty is not asked about.
public struct ListRequest: Sendable {
    /// Only this architecture.
    public var architecture: String?
    /// Only versions with at most so many parameters.
    public var maximumParameters: Int?
    /// Only this task.
    public var task: String?
    /// Only this licence, case aside.
    public var licence: String?
    /// Only versions that meet all of these, as in `accuracy>0.9`.
    public var metrics: [String] = []
    /// Only versions derived from this one; a bare name means any of its versions.
    public var ancestor: String?

    /// Everything.
    public init() {}
}
