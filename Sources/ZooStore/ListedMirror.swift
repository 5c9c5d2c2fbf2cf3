/// A mirror that can say at once everything it holds.
protocol ListedMirror: MirrorSource {
    /// Everything it holds.
    func list() throws(StoreError) -> MirrorListing
    /// The model at the revision asked for; throws when it has no such revision.
    func model(_ model: MirrorModel, at revision: String) throws(StoreError) -> MirrorModel
}

extension MirrorListing {
    /// The models whose names contain `term` in any spelling; all for an empty term.
    func containing(_ term: String) -> MirrorListing {
        let wanted = Array(MirrorNames.folded(term).utf8)
        if wanted.isEmpty { return self }
        // Byte by byte: the library's search for a text in a text prepares more than it searches.
        return MirrorListing(
            models: models.filter { Self.holds(Array(MirrorNames.folded($0.name).utf8), wanted) }, problems: problems)
    }

    private static func holds(_ text: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard text.count >= wanted.count else { return false }
        return (0...text.count - wanted.count).contains { text[$0...].starts(with: wanted) }
    }
}

extension ListedMirror {
    /// Looks through everything it holds.
    public func search(_ term: String) throws(StoreError) -> MirrorListing {
        try list().containing(term)
    }

    /// Looks through everything it holds.
    public func find(_ name: String, revision: String?) throws(StoreError) -> MirrorModel? {
        let all = try list()
        let wanted = MirrorNames.folded(name)
        var matches = all.models.filter { $0.place == name || "\($0.mirror)/\($0.place)" == name }
        if matches.isEmpty { matches = all.models.filter { MirrorNames.folded($0.name) == wanted } }
        if matches.isEmpty {
            // An archive of several models answers with their names.
            matches = all.models.filter { MirrorNames.folded($0.name).hasPrefix(wanted + "/") && $0.kind != "folder" }
            if matches.count == 1 { matches = [] }
        }
        guard let model = matches.first else {
            if let problem = all.problems.first(where: {
                [$0.place, FolderMirror.stem(of: $0.place).name].contains { MirrorNames.folded($0) == wanted }
            }) {
                throw problem.error
            }
            return nil
        }
        guard matches.count == 1 else {
            throw .ambiguousMirrorModel(name: name, candidates: matches.map { "\($0.mirror)/\($0.place)" })
        }
        return if let revision { try self.model(model, at: revision) } else { model }
    }
}
