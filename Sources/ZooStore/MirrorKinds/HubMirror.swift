import ZooBase

/// Any server that speaks the model hub's HTTP API: revision, tree, resolve.
public struct HubMirror: HTTPMirror {
    /// The word `hub`.
    public static let kind = "hub"
    /// The most pages and files of one model's list.
    private static let maximumPages = 1_000
    private static let maximumFiles = 100_000
    /// The name the user gave it.
    public let name: String
    let origin: HTTPOrigin

    init(name: String, origin: HTTPOrigin) {
        self.name = name
        self.origin = origin
    }

    /// Takes an URL whose server answers to a search; asks it, unless the kind is given.
    public init?(name: String, address: String, options: MirrorOptions) throws(StoreError) {
        try self.init(name: name, url: address, options: options)
        guard options.kind == nil else { return }
        do {
            let answer = try HTTPClient(origin: origin).json(origin.base + "/api/models?limit=1")
            if answer?.json.array != nil { return }
        } catch {
            guard case .mirrorFault = error else { throw error }
        }
        throw .invalidMirror(
            name: name,
            reason: "\(HTTPOrigin.shown(address)) has neither \(MirrorIndex.fileName) (made by `zoo mirror index DIR`) "
                + "nor a hub's API; say what it is with --kind static or --kind hub")
    }

    /// Asks the server.
    public func search(_ term: String) throws(StoreError) -> MirrorListing {
        let search = term.isEmpty ? "" : "&search=" + HTTPOrigin.escaped(term, slash: true)
        let url = origin.base + "/api/models?limit=100" + search
        guard let (_, json) = try HTTPClient(origin: origin).json(url) else {
            throw .invalidMirror(name: name, reason: Self.noSearch)
        }
        guard let entries = json.array else { throw origin.fault(url, "does not answer with a list") }
        let models = entries.compactMap { entry -> MirrorModel? in
            guard let id = entry["id"]?.string ?? entry["modelId"]?.string, Self.isRepository(id) else { return nil }
            let tags = (entry["tags"]?.array ?? []).compactMap(\.string)
            let licences = tags.filter { $0.hasPrefix("license:") }.map {
                Licence(name: String($0.dropFirst(8)), source: .card)
            }
            return MirrorModel(
                name: id, mirror: name, kind: Self.kind, place: id, size: nil, licences: licences, contents: .named)
        }
        return MirrorListing(models: models.sorted { $0.name < $1.name }, problems: [])
    }

    /// Asks for the commit that `revision` names, and its files.
    public func find(_ name: String, revision: String?) throws(StoreError) -> MirrorModel? {
        let id =
            name.hasPrefix(self.name + "/") && name.split(separator: "/").count == 3
            ? String(name.dropFirst(self.name.utf8.count + 1)) : name
        guard Self.isRepository(id) else { return nil }
        let wanted = revision ?? "main"
        let api = origin.url("api/models/\(id)")
        let url = api + "/revision/" + HTTPOrigin.escaped(wanted, slash: true)
        let client = HTTPClient(origin: origin)
        let json: JSON
        switch try client.answer(url) {
        case .missing(let code) where code == "RevisionNotFound" && revision != nil:
            throw .unknownRevision(
                name: id, revision: wanted, mirror: self.name, reason: "leave it out, or look at the hub's page of it")
        case .missing: return nil
        case .found(_, let found): json = found
        }
        guard let commit = json["sha"]?.string, Self.isCommit(commit) else {
            throw origin.fault(url, "names no commit")
        }
        let files = try files(api + "/tree/\(commit)?recursive=true&expand=false", client)
        let model = RemoteModel(repository: id, revision: revision, commit: commit, files: files)
        try model.check(mirror: self.name)
        return MirrorModel(
            name: id, mirror: self.name, kind: Self.kind, place: id, size: files.reduce(0) { $0 + $1.size },
            licences: [], contents: .remote(model))
    }

    /// Fetches the model's files.
    public func take(
        _ model: MirrorModel, into writer: StoreWriter, options: TakeOptions, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel {
        guard case .remote(let remote) = try model.keeping(options.only).contents, let commit = remote.commit else {
            throw .noModel(path: model.place)
        }
        let (origin, id) = (origin, remote.repository)
        let files = HTTPFiles(
            origin: origin, commit: commit, isHub: true,
            url: { origin.url("\(id)/resolve/\(commit)/\($0.path)") }, chunkListURL: { _ in nil })
        return try writer.take(
            remote, from: files, mirror: name, known: options.known, isFresh: options.isFresh, cutter: cutter,
            progress: progress)
    }

    private static let noSearch = "it does not answer to a search; pull its models by their names"

    /// Whether it answers to a search.
    public func check() throws(StoreError) -> [String] {
        let count: Int
        do { count = try search("").models.count } catch {
            guard case .invalidMirror(_, Self.noSearch) = error else { throw error }
            return [Self.noSearch]
        }
        return [count == 100 ? "100 models or more" : "\(count) \(count == 1 ? "model" : "models")"]
    }

    private func files(_ first: String, _ client: HTTPClient) throws(StoreError) -> [RemoteFile] {
        var files: [RemoteFile] = []
        var next: String? = first
        var seen: Set<String> = []
        while let url = next {
            guard seen.insert(url).inserted else { throw origin.fault(url, "goes on at a page it has shown before") }
            guard seen.count <= Self.maximumPages else {
                throw origin.fault(url, "lists the files on more than \(Self.maximumPages) pages")
            }
            guard let (head, json) = try client.json(url), let entries = json.array else {
                throw origin.fault(url, "does not list the files")
            }
            for entry in entries where entry["type"]?.string != "directory" { files.append(try file(entry, url)) }
            guard files.count <= Self.maximumFiles else {
                throw origin.fault(url, "lists more than \(Self.maximumFiles) files")
            }
            next = head["link"].flatMap { Self.next($0) }.flatMap { HTTPOrigin.resolve($0, from: url) }
            let parts = ["scheme", "host", "port"]
            if let next, !parts.allSatisfy({ HTTPOrigin.part(next, $0) == HTTPOrigin.part(url, $0) }) {
                throw origin.fault(url, "goes on at another host")
            }
        }
        return files
    }

    private func file(_ entry: JSON, _ url: String) throws(StoreError) -> RemoteFile {
        guard let path = entry["path"]?.string, let size = entry["lfs"]?["size"]?.integer ?? entry["size"]?.integer
        else { throw origin.fault(url, "lists a file without path or size") }
        if let hex = entry["lfs"]?["oid"]?.string {
            guard let digest = ContentDigest(hex: hex.hasPrefix("sha256:") ? hex.dropFirst(7) : hex[...]) else {
                throw origin.fault(url, "states a SHA-256 of \(path) that is none")
            }
            return RemoteFile(path: path, size: size, claim: .sha256(digest))
        }
        guard let hex = entry["oid"]?.string, hex.utf8.count == 40, Self.isCommit(hex) else {
            throw origin.fault(url, "states no digest of \(path)")
        }
        return RemoteFile(path: path, size: size, claim: .gitBlob(hex))
    }

    /// The address of the next page in a `Link` field (RFC 8288).
    static func next(_ link: String) -> String? {
        for part in link.split(separator: ",") where part.contains("rel=\"next\"") || part.contains("rel=next") {
            guard let start = part.firstIndex(of: "<"), let end = part.firstIndex(of: ">"), start < end else {
                continue
            }
            return String(part[part.index(after: start)..<end])
        }
        return nil
    }

    /// Whether `text` may be a repository's name: one or two parts of letters, digits, `-`, `_` and `.`.
    static func isRepository(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                (1...96).contains(part.utf8.count) && !part.hasPrefix(".") && !part.contains("..")
                    && part.utf8.allSatisfy {
                        ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D
                            || $0 == 0x2E || $0 == 0x5F
                    }
            }
    }

    /// Whether `text` is a git object's name.
    private static func isCommit(_ text: String) -> Bool {
        [40, 64].contains(text.utf8.count)
            && text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    }
}
