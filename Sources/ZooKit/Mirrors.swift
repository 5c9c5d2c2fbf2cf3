internal import ZooBase
internal import ZooStore

extension Registry {
    /// Adds a mirror; a name that stands for another place already is refused.
    ///
    /// - Parameters:
    ///   - location: a folder or an URL.
    ///   - kind: `folder`, `static` or `hub`; nil to find out, which asks an URL's server.
    ///   - tokenFile: a file, readable by its owner only, that holds a bearer token.
    ///   - certificates: a file of certificates (PEM) to trust in place of the system's.
    public func addMirror(
        name: String, location: String, kind: String? = nil, tokenFile: String? = nil, certificates: String? = nil
    ) throws -> MirrorDescription {
        let store = writing
        if let existing = try store.mirrors.list().first(where: { $0.name == name }) {
            let described = MirrorDescription(existing)
            let same = existing.isRemote ? location : FilePaths.absolute(location)
            guard same == described.location || same == described.location + "/" else {
                throw KitError.mirrorExists(name: name, location: described.location)
            }
        }
        let options = MirrorOptions(
            kind: kind, tokenFile: tokenFile.map(FilePaths.absolute),
            certificates: certificates.map(FilePaths.absolute))
        return MirrorDescription(try store.mirrors.add(name, address: location, options: options))
    }

    /// The mirrors, in the order they were added: the order in which they are tried.
    ///
    /// Those that cannot be used come last, with the kind `damaged` and their file as location.
    public func mirrors() throws -> [MirrorDescription] {
        let (sources, unusable) = try reading.mirrors.survey()
        for mirror in unusable { tell(mirror.error.message) }
        return sources.map(MirrorDescription.init) + unusable.map { MirrorDescription(damaged: $0.name, $0.path) }
    }

    /// Forgets a mirror; what was pulled from it stays.
    public func removeMirror(name: String) throws -> MirrorDescription {
        let store = writing
        let description = try store.mirrors.list().first { $0.name == name }.map(MirrorDescription.init)
        try store.mirrors.remove(name)
        return description ?? MirrorDescription(name: name, kind: "", location: "")
    }

    /// Asks the mirrors, or one, how they are.
    public func checkMirrors(_ name: String?) throws -> [MirrorReport] {
        let mirrors = reading.mirrors
        let clock = ContinuousClock()
        let (sources, unusable) = try name.map { name in ([try mirrors.mirror(name)], []) } ?? mirrors.survey()
        return sources.map { source in
            let start = clock.now
            var facts: [String] = []
            var failure: String?
            do throws(StoreError) { facts = try source.check() } catch { failure = error.statement }
            return MirrorReport(
                mirror: MirrorDescription(source), facts: facts, failure: failure, seconds: (clock.now - start).seconds)
        }
            + unusable.map {
                MirrorReport(
                    mirror: MirrorDescription(damaged: $0.name, $0.path), facts: [], failure: $0.error.message,
                    seconds: 0)
            }
    }

    /// Writes `index.json` for the models below `folder`, so that any web server can serve them.
    public func indexMirror(_ folder: String, progress: (Int) -> Void) throws -> IndexReport {
        let index = try MirrorIndex(of: folder, notice: { tell($0) }, progress: progress)
        return IndexReport(
            path: FilePaths.join(folder, MirrorIndex.fileName), modelCount: index.modelCount,
            fileCount: index.fileCount, byteCount: index.byteCount)
    }

    /// The models in the mirrors whose names contain `term`.
    public func search(_ term: String) throws -> [SearchHit] {
        let listing = try reading.mirrors.search(term)
        for problem in listing.problems { tell("skipped \(problem.place): \(problem.error.message)") }
        return listing.models.map {
            SearchHit(
                name: $0.name, mirror: $0.mirror, kind: $0.kind, byteCount: $0.size,
                licences: $0.licences.map(LicenceStatement.init))
        }
    }
}

extension MirrorDescription {
    init(_ source: any MirrorSource) {
        name = source.name
        kind = type(of: source).kind
        location = source.location
    }

    fileprivate init(damaged name: String, _ path: String) {
        self.init(name: name, kind: "damaged", location: path)
    }
}
