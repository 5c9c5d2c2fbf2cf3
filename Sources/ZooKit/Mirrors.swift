internal import ZooBase
internal import ZooStore

extension Registry {
    /// Adds a mirror; a name that stands for another place already is refused.
    public func addMirror(name: String, location: String) throws -> MirrorDescription {
        let store = writing
        if let existing = try store.mirrors.list().first(where: { $0.name == name }) {
            let described = MirrorDescription(existing)
            guard FilePaths.absolute(location) == described.location else {
                throw KitError.mirrorExists(name: name, location: described.location)
            }
        }
        return MirrorDescription(try store.mirrors.add(name, address: location))
    }

    /// The mirrors, by name: the order in which they are tried.
    public func mirrors() throws -> [MirrorDescription] { try reading.mirrors.list().map(MirrorDescription.init) }

    /// Forgets a mirror; what was pulled from it stays.
    public func removeMirror(name: String) throws -> MirrorDescription {
        let store = writing
        let description = try store.mirrors.list().first { $0.name == name }.map(MirrorDescription.init)
        try store.mirrors.remove(name)
        return description ?? MirrorDescription(name: name, kind: "", location: "")
    }

    /// The models in the mirrors whose names contain `term`.
    public func search(_ term: String) throws -> [SearchHit] {
        let listing = try reading.mirrors.search(term)
        for problem in listing.problems { tell("skipped \(problem.place): \(problem.error.message)") }
        return listing.models.map {
            SearchHit(
                name: $0.name, mirror: $0.mirror, kind: $0.kind, byteCount: $0.size,
                licence: $0.licences.first?.name)
        }
    }
}

extension MirrorDescription {
    init(_ source: any MirrorSource) {
        name = source.name
        kind = type(of: source).kind
        location = source.configuration["path"]?.string ?? source.configuration.text(.compact)
    }
}
