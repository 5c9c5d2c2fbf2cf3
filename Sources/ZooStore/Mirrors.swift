import Glibc
import ZooBase

/// The mirrors a registry knows: `mirrors/<name>.json`.
public struct Mirrors: Sendable {
    let store: Store
    let kinds: [any MirrorSource.Type]

    /// Remembers the mirror at `address` (a folder) as `name`, in place of one of that name.
    ///
    /// - Throws: `StoreError.invalidMirror`, `.invalidAlias` for a name that is not one word, `.readOnly`.
    @discardableResult
    public func add(_ name: String, address: String) throws(StoreError) -> any MirrorSource {
        let name = try AliasName(name).text
        for kind in kinds {
            guard let source = try kind.init(name: name, address: address) else { continue }
            try store.makeFolders()
            let hold = try store.shared()
            defer { withExtendedLifetime(hold) {} }
            let text = JSON.object(["kind": .string(kind.kind), "configuration": source.configuration]).text(.pretty)
            try io { () throws(FileError) in try AtomicFile.write(Array((text + "\n").utf8), to: path(name)) }
            return source
        }
        throw .invalidMirror(name: name, reason: "\(address) is no kind of mirror we know; give a folder")
    }

    /// Forgets a mirror.
    ///
    /// Models pulled from it stay.
    public func remove(_ name: String) throws(StoreError) {
        try store.requireWritable()
        guard try names().contains(name) else { throw .unknownMirror(name: name, existing: try names()) }
        try io { () throws(FileError) in
            try FilePaths.remove(path(name))
            try AtomicFile.syncFolder(of: path(name))
        }
    }

    /// The mirrors, by name.
    public func list() throws(StoreError) -> [any MirrorSource] {
        var sources: [any MirrorSource] = []
        for name in try names() { sources.append(try source(name)) }
        return sources
    }

    /// The models in all mirrors, or in one, whose names contain `term` in any spelling; all for an empty term.
    ///
    /// - Returns: the models by name and what could not be read, by mirror and place.
    public func search(_ term: String, mirror: String? = nil) throws(StoreError) -> MirrorListing {
        let wanted = MirrorNames.folded(term)
        let all = try listing(mirror)
        return MirrorListing(
            models: all.models.filter { wanted.isEmpty || MirrorNames.folded($0.name).contains(wanted) },
            problems: all.problems)
    }

    /// The one model that `name` names, and its mirror.
    ///
    /// - Throws: `StoreError.unknownMirrorModel` with names that are near, `.ambiguousMirrorModel` with candidates, or
    ///   why the archive of that name cannot be read.
    public func find(_ name: String, mirror: String? = nil) throws(StoreError) -> (any MirrorSource, MirrorModel) {
        let all = try listing(mirror)
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
                MirrorNames.folded(FolderMirror.stem(of: $0.place).name) == wanted
            }) {
                throw problem.error
            }
            let searched = if let mirror { [mirror] } else { try names() }
            throw .unknownMirrorModel(
                name: name, suggestions: Suggestions.near(wanted, among: all.models.map(\.name)), mirrors: searched)
        }
        guard matches.count == 1 else {
            throw .ambiguousMirrorModel(name: name, candidates: matches.map { "\($0.mirror)/\($0.place)" })
        }
        return (try source(model.mirror), model)
    }

    private func listing(_ mirror: String?) throws(StoreError) -> MirrorListing {
        var models: [MirrorModel] = []
        var problems: [(place: String, error: StoreError)] = []
        let sources = if let mirror { [try source(mirror)] } else { try list() }
        for source in sources {
            let listing = try source.list()
            models += listing.models
            problems += listing.problems
        }
        return MirrorListing(
            models: models.sorted { ($0.name, $0.mirror, $0.place) < ($1.name, $1.mirror, $1.place) },
            problems: problems)
    }

    private func source(_ name: String) throws(StoreError) -> any MirrorSource {
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path(name), limit: 1 << 20) } catch {
            guard error.code == ENOENT else { throw .file(error) }
            throw .unknownMirror(name: name, existing: try names())
        }
        guard let json = try? JSONParser.parse(bytes), let configuration = json["configuration"] else {
            throw .invalidMirror(name: name, reason: "\(path(name)) is not a mirror's configuration")
        }
        guard let kind = kinds.first(where: { $0.kind == json["kind"]?.string }) else {
            throw .invalidMirror(name: name, reason: "its kind \(json["kind"]?.string ?? "") is not known")
        }
        return try kind.init(name: name, configuration: configuration)
    }

    private func names() throws(StoreError) -> [String] {
        try FilePaths.listIfPresent(store.layout.mirrors).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
            .map { String($0.dropLast(5)) }
    }

    private func path(_ name: String) -> String { "\(store.layout.mirrors)/\(name).json" }
}

/// How names in mirrors are compared.
enum MirrorNames {
    /// Lower case, with each run of `-`, `_` and `.` as one `-`.
    static func folded(_ name: String) -> String {
        var folded: [Unicode.Scalar] = []
        for scalar in name.lowercased().unicodeScalars {
            let next: Unicode.Scalar = scalar == "_" || scalar == "." ? "-" : scalar
            if next == "-" && folded.last == "-" { continue }
            folded.append(next)
        }
        return String(String.UnicodeScalarView(folded))
    }
}

extension Store {
    /// The mirrors.
    public var mirrors: Mirrors { mirrors(kinds: MirrorKinds.all) }

    /// The mirrors, of these kinds.
    public func mirrors(kinds: [any MirrorSource.Type]) -> Mirrors { Mirrors(store: self, kinds: kinds) }
}
