import ZooBase

/// A folder of models behind any web server, with the `index.json` that `MirrorIndex` makes.
public struct StaticMirror: RememberedMirror, HTTPMirror {
    /// The word `static`.
    public static let kind = "static"
    /// The name the user gave it.
    public let name: String
    let origin: HTTPOrigin

    init(name: String, origin: HTTPOrigin) {
        self.name = name
        self.origin = origin
    }

    /// Takes an URL whose server answers with an `index.json`; asks it, unless the kind is given.
    public init?(name: String, address: String, options: MirrorOptions) throws(StoreError) {
        try self.init(name: name, url: address, options: options)
        if options.kind == nil, try !answers() { return nil }
    }

    private func answers() throws(StoreError) -> Bool {
        do {
            guard let (_, json) = try HTTPClient(origin: origin).json(indexURL) else { return false }
            return json["format"]?.string == MirrorIndex.format
        } catch {
            guard case .mirrorFault = error else { throw error }
            return false
        }
    }

    private var indexURL: String { origin.url(MirrorIndex.fileName) }

    /// Reads `index.json`.
    public func list() throws(StoreError) -> MirrorListing {
        guard let (_, json) = try HTTPClient(origin: origin).json(indexURL) else { throw noIndex }
        return try listing(json)
    }

    private var noIndex: StoreError {
        .invalidMirror(
            name: name, reason: "there is no \(HTTPOrigin.shown(indexURL)); make it with `zoo mirror index DIR`")
    }

    /// What was found before, while the server says that its index is the same, or gives out the same bytes.
    func list(_ kept: SearchList?) throws(StoreError) -> (listing: MirrorListing, toKeep: SearchList?) {
        let client = HTTPClient(origin: origin)
        let known = kept?.listing(of: name)
        let etag = known == nil ? nil : kept.flatMap { HTTPValidator(stored: $0.seen) }
        switch try client.document(indexURL, unless: etag) {
        case .missing: throw noIndex
        case .unchanged:
            if let known { return (known, nil) }
            return (try list(), nil)
        case .found(let head, let bytes):
            let (digest, validator) = (ContentDigest(of: bytes).hex, HTTPValidator(head))
            if let kept, let known, kept.state == digest {
                return (known, validator == etag ? nil : kept.keeping(seen: validator?.stored ?? []))
            }
            let listing = try listing(try client.json(bytes, head: head, url: indexURL))
            return (listing, SearchList(listing, state: digest, seen: validator?.stored ?? []))
        }
    }

    private func listing(_ json: JSON) throws(StoreError) -> MirrorListing {
        guard let index = MirrorIndex(json: json) else {
            throw origin.fault(indexURL, "is not an index of the form \"\(MirrorIndex.format)\"")
        }
        return listing(index)
    }

    /// The models of an index, and which of them are refused.
    func listing(_ index: MirrorIndex) -> MirrorListing {
        var models: [MirrorModel] = []
        var problems: [(place: String, error: StoreError)] = []
        for entry in index.models {
            do throws(StoreError) {
                try check(entry)
                models.append(
                    MirrorModel(
                        name: entry.name, mirror: name, kind: Self.kind, place: entry.folder,
                        size: entry.files.reduce(0) { $0 + $1.size }, licences: entry.licences,
                        contents: .remote(entry.remote)))
            } catch { problems.append((entry.name, error)) }
        }
        return MirrorListing(
            models: models.sorted { ($0.name, $0.place) < ($1.name, $1.place) }, problems: problems)
    }

    /// Refuses a model that cannot be shown or kept.
    private func check(_ entry: MirrorIndex.Entry) throws(StoreError) {
        for text in [entry.name, entry.folder] where !StoredFile.isSafe(text) {
            throw .mirrorFault(
                mirror: name, place: HTTPOrigin.shown(indexURL),
                reason: "the model or folder \"\(text)\" has a name that is not safe to use")
        }
        try entry.remote.check(mirror: name)
    }

    func model(_ model: MirrorModel, at revision: String) throws(StoreError) -> MirrorModel {
        guard case .remote(let remote) = model.contents, let commit = remote.commit, revision.utf8.count >= 8,
            commit.hasPrefix(revision)
        else {
            var here = ""
            if case .remote(let remote) = model.contents { here = remote.commit.map { String($0.prefix(12)) } ?? "" }
            throw .unknownRevision(
                name: model.name, revision: revision, mirror: name, reason: "a static mirror has one, now \(here)")
        }
        return model
    }

    /// Fetches the model's files.
    public func take(
        _ model: MirrorModel, into writer: StoreWriter, options: TakeOptions, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel {
        guard case .remote(let remote) = try model.keeping(options.only).contents else {
            throw .noModel(path: model.place)
        }
        let (origin, folder) = (origin, model.place)
        let files = HTTPFiles(
            origin: origin, commit: nil, isHub: false, url: { origin.url("\(folder)/\($0.path)") },
            chunkListURL: { file in
                guard case .sha256(let digest) = file.claim, file.chunkList != nil else { return nil }
                return origin.url("\(MirrorIndex.chunkFolder)/\(digest.hex)")
            })
        return try writer.take(
            remote, from: files, mirror: name, known: options.known, isFresh: options.isFresh, cutter: cutter,
            progress: progress)
    }

    /// How many models, and whether the server gives ranges.
    public func check() throws(StoreError) -> [String] {
        let listing = try list()
        let models = listing.models
        var lines = ["\(models.count) \(models.count == 1 ? "model" : "models")"]
        lines += listing.problems.map { "\($0.place): \($0.error.message)" }
        let files = models.lazy.compactMap { model -> (String, RemoteFile)? in
            guard case .remote(let remote) = model.contents else { return nil }
            return remote.files.first { $0.size > 1 }.map { ("\(model.place)/\($0.path)", $0) }
        }
        if let (path, file) = files.first {
            lines.append(try HTTPFiles.rangeReport(origin, url: origin.url(path), size: file.size))
        }
        return lines
    }
}
