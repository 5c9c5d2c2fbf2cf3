public import ZooBase

/// A model that a mirror offers.
public struct MirrorModel: Sendable, Hashable {
    /// Where its files are.
    public enum Contents: Sendable, Hashable {
        /// On this machine.
        case local(ModelLocation)
        /// On another one.
        case remote(RemoteModel)
        /// On another one, and only found by name so far: `find` tells the files.
        case named
    }

    /// Its name in the mirror.
    public let name: String
    /// The mirror.
    public let mirror: String
    /// What it is kept as: `folder`, `wheel`, `zip`, `tar`, `tar.gz`, `tar.zst`, `static`, `hub`.
    public let kind: String
    /// Where it is, relative to the mirror.
    public let place: String
    /// Bytes of its files; nil when the mirror does not say.
    public let size: Int?
    /// The licences that could be told without reading the weights, the one that holds first.
    public let licences: [Licence]
    /// Where to read it from.
    public let contents: Contents

    /// Makes the value.
    public init(
        name: String, mirror: String, kind: String, place: String, size: Int?, licences: [Licence],
        contents: Contents
    ) {
        self.name = name
        self.mirror = mirror
        self.kind = kind
        self.place = place
        self.size = size
        self.licences = licences
        self.contents = contents
    }

    /// The same model, of which only some files are wanted.
    ///
    /// - Throws: `StoreError.noFileMatches`.
    public func keeping(_ only: FileFilter) throws(StoreError) -> MirrorModel {
        guard case .remote(let remote) = contents else { return self }
        let files = try only.filter(remote.files, model: name) { $0.path }
        return MirrorModel(
            name: name, mirror: mirror, kind: kind, place: place, size: files.reduce(0) { $0 + $1.size },
            licences: licences,
            contents: .remote(
                RemoteModel(
                    repository: remote.repository, revision: remote.revision, commit: remote.commit, files: files)))
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

/// How a model is taken.
public struct TakeOptions: Sendable {
    /// Which files.
    public var only = FileFilter.all
    /// Files of the store by what mirrors state of them.
    public var known = KnownFiles()
    /// Whether to read everything, whatever the store holds.
    public var isFresh = false

    /// Everything that the store does not hold.
    public init() {}
}

/// A kind of place that models are pulled from.
public protocol MirrorSource: Sendable {
    /// The kind as it is spelled in a mirror's configuration.
    static var kind: String { get }
    /// The name the user gave the mirror.
    var name: String { get }
    /// Where it is, for people.
    var location: String { get }
    /// Whether asking it needs the network.
    var isRemote: Bool { get }
    /// What `init` needs to make it again, as a JSON object; no secrets.
    var configuration: JSON { get }

    /// Makes the source from its configuration.
    ///
    /// - Throws: `StoreError.invalidMirror`.
    init(name: String, configuration: JSON) throws(StoreError)

    /// Recognizes an address typed by a user; nil when it belongs to another kind.
    ///
    /// - Throws: `StoreError.invalidMirror` when it is of this kind but cannot be used.
    init?(name: String, address: String, options: MirrorOptions) throws(StoreError)

    /// The models whose names contain `term` in any spelling, without reading their weights; all for an empty term.
    ///
    /// - Throws: `StoreError.invalidMirror` or `.network` when the mirror as a whole cannot be reached.
    func search(_ term: String) throws(StoreError) -> MirrorListing

    /// The model called `name`, at `revision` or at the mirror's own choice; nil when there is none.
    ///
    /// - Throws: `StoreError.unknownRevision`, `.ambiguousMirrorModel`, or why it cannot be read.
    func find(_ name: String, revision: String?) throws(StoreError) -> MirrorModel?

    /// Reads a model that `find` returned into the store; see `StoreWriter.take`.
    func take(
        _ model: MirrorModel, into writer: StoreWriter, options: TakeOptions, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel

    /// Asks the mirror how it is, in words for people: one line a fact.
    func check() throws(StoreError) -> [String]
}

extension MirrorSource {
    /// Reads all of a model.
    public func take(
        _ model: MirrorModel, into writer: StoreWriter, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel {
        try take(model, into: writer, options: TakeOptions(), cutter: cutter, progress: progress)
    }
}

/// The kinds of mirror there are.
public enum MirrorKinds {
    /// In the order in which an address is offered to them.
    public static let all: [any MirrorSource.Type] = [FolderMirror.self, StaticMirror.self, HubMirror.self]
}
