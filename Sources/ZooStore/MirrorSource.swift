public import ZooBase

/// A model that a mirror offers.
public struct MirrorModel: Sendable, Hashable {
    /// Its name in the mirror.
    public let name: String
    /// The mirror.
    public let mirror: String
    /// What it is kept as: `folder`, `wheel`, `zip`, `tar`, `tar.gz`, `tar.zst`.
    public let kind: String
    /// Where it is, relative to the mirror.
    public let place: String
    /// Bytes of its files.
    public let size: Int
    /// The licences that could be told without reading the weights, the one that holds first.
    public let licences: [Licence]
    /// Where to read it from.
    public let location: ModelLocation

    /// Makes the value.
    public init(
        name: String, mirror: String, kind: String, place: String, size: Int, licences: [Licence],
        location: ModelLocation
    ) {
        self.name = name
        self.mirror = mirror
        self.kind = kind
        self.place = place
        self.size = size
        self.licences = licences
        self.location = location
    }
}

/// What a look through a mirror found.
public struct MirrorListing: Sendable {
    /// The models, by name.
    public let models: [MirrorModel]
    /// What could not be read, by place relative to the mirror, and why.
    ///
    /// The rest is listed all the same.
    public let problems: [(place: String, error: StoreError)]
}

/// A kind of place that models are pulled from.
public protocol MirrorSource: Sendable {
    /// The kind as it is spelled in a mirror's configuration.
    static var kind: String { get }
    /// The name the user gave the mirror.
    var name: String { get }
    /// What `init` needs to make it again, as a JSON object; no secrets.
    var configuration: JSON { get }

    /// Makes the source from its configuration.
    ///
    /// - Throws: `StoreError.invalidMirror`.
    init(name: String, configuration: JSON) throws(StoreError)

    /// Recognizes an address typed by a user; nil when it belongs to another kind.
    ///
    /// - Throws: `StoreError.invalidMirror` when it is of this kind but cannot be used.
    init?(name: String, address: String) throws(StoreError)

    /// Lists the models, without reading their weights.
    ///
    /// - Throws: `StoreError.invalidMirror` when the mirror as a whole cannot be reached.
    func list() throws(StoreError) -> MirrorListing

    /// Reads a model that `list` returned into the store; see `StoreWriter.take`.
    func take(
        _ model: MirrorModel, into writer: StoreWriter, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel
}

/// The kinds of mirror there are.
public enum MirrorKinds {
    /// In the order in which an address is offered to them.
    public static let all: [any MirrorSource.Type] = [FolderMirror.self]
}
