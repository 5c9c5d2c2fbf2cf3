import Glibc
import ZooBase

/// The mirrors a registry knows: `mirrors/<name>.json`.
public struct Mirrors: Sendable {
    let store: Store
    let kinds: [any MirrorSource.Type]

    /// Remembers the mirror at `address` (a folder or an URL) as `name`, in place of one of that name.
    ///
    /// The network is used only to find out what an URL is, when `options` do not say.
    ///
    /// - Throws: `StoreError.invalidMirror`, `.invalidMirrorName` for one that is not a word, `.network`, `.readOnly`.
    @discardableResult
    public func add(
        _ name: String, address: String, options: MirrorOptions = MirrorOptions()
    ) throws(StoreError) -> any MirrorSource {
        let name = try Self.name(name)
        if let kind = options.kind, !kinds.contains(where: { $0.kind == kind }) {
            throw .invalidMirror(
                name: name,
                reason: "there is no kind \(kind); there are \(kinds.map { $0.kind }.joined(separator: ", "))")
        }
        for kind in kinds where options.kind == nil || options.kind == kind.kind {
            guard let source = try Self.source(kind, name, address, options) else { continue }
            try store.makeFolders()
            let hold = try store.shared()
            defer { withExtendedLifetime(hold) {} }
            let last = try names().filter { $0 != name }.compactMap { try? entry($0)["order"]?.integer }.max() ?? 0
            let text = SealedJSON.text(
                ["configuration": source.configuration, "kind": .string(kind.kind), "order": .integer(last + 1)],
                context: Self.context(name))
            try io { () throws(FileError) in try AtomicFile.write(Array((text + "\n").utf8), to: path(name)) }
            return source
        }
        throw .invalidMirror(
            name: name,
            reason: "\(HTTPOrigin.shown(address)) is no kind of mirror we know; give a folder or an http(s) address")
    }

    private static func source(
        _ kind: any MirrorSource.Type, _ name: String, _ address: String, _ options: MirrorOptions
    ) throws(StoreError) -> (any MirrorSource)? {
        do throws(StoreError) { return try kind.init(name: name, address: address, options: options) } catch {
            switch error {
            case .network, .refused: throw .unknownKind(first: error)
            default: throw error
            }
        }
    }

    /// A mirror's name; upper case is folded.
    private static func name(_ text: String) throws(StoreError) -> String {
        do { return try AliasName(text).text } catch {
            guard case .invalidAlias(_, let reason) = error else { throw error }
            throw .invalidMirrorName(text: text, reason: reason)
        }
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

    /// The mirrors that can be used, in the order they were added: the order in which they are tried.
    public func list() throws(StoreError) -> [any MirrorSource] { try survey().sources }

    /// The mirrors that can be used, in the order they were added, and what is wrong with the others, by name.
    public func survey() throws(StoreError) -> (
        sources: [any MirrorSource], unusable: [(name: String, path: String, error: StoreError)]
    ) {
        var ordered: [(order: Int, source: any MirrorSource)] = []
        var unusable: [(name: String, path: String, error: StoreError)] = []
        for name in try names() {
            do throws(StoreError) {
                // Those of version 0.1 have no number; they go by name, first.
                ordered.append((try entry(name)["order"]?.integer ?? 0, try source(name)))
            } catch { unusable.append((name, path(name), error)) }
        }
        return (
            ordered.sorted { ($0.order, $0.source.name) < ($1.order, $1.source.name) }.map(\.source), unusable
        )
    }

    /// The mirror called `name`.
    ///
    /// - Throws: `StoreError.unknownMirror`, `.invalidMirror`.
    public func mirror(_ name: String) throws(StoreError) -> any MirrorSource { try source(name) }

    /// The models in all mirrors, or in one, whose names contain `term` in any spelling; all for an empty term.
    ///
    /// A mirror that cannot be reached is a problem, and the others are searched all the same.
    ///
    /// - Throws: `StoreError.noMirrorAnswers`, or the error of the only mirror.
    /// - Returns: the models by name and what could not be read, by mirror and place.
    public func search(_ term: String, mirror: String? = nil) throws(StoreError) -> MirrorListing {
        var models: [MirrorModel] = []
        var problems: [(place: String, error: StoreError)] = []
        let (sources, unusable) = try asked(mirror)
        problems += unusable.map { ($0.name, $0.error) }
        var failures = unusable.map(\.error)
        for source in sources {
            do throws(StoreError) {
                let listing =
                    if let source = source as? any RememberedMirror {
                        try source.search(term, rememberedIn: store)
                    } else { try source.search(term) }
                models += listing.models
                problems += listing.problems
            } catch {
                if sources.count == 1, unusable.isEmpty { throw error }
                problems.append((source.name, error))
                failures.append(error)
            }
        }
        if let first = failures.first, failures.count == sources.count + unusable.count {
            throw failures.count == 1 ? first : .noMirrorAnswers(count: failures.count, first: first)
        }
        return MirrorListing(
            models: models.sorted { ($0.name, $0.mirror, $0.place) < ($1.name, $1.mirror, $1.place) },
            problems: problems)
    }

    /// Tries the mirrors in order, or one: hands the model called `name` to `body` and returns what that returns.
    ///
    /// A mirror that has no such model, cannot be reached or sends what it should not is passed over, the last two with
    /// a notice.
    ///
    /// - Parameter isOffline: whether to ask only mirrors on this machine.
    /// - Throws: `StoreError.unknownMirrorModel` with names that are near, `.ambiguousMirrorModel` with candidates,
    ///   `.offline`, what the mirror threw that failed, `.passedOver` when that was said already, or what `body` throws.
    public func first<Result>(
        _ name: String, revision: String? = nil, mirror: String? = nil, isOffline: Bool = false,
        notice: (String) -> Void = { _ in }, body: (any MirrorSource, MirrorModel) throws -> Result
    ) throws -> Result {
        let (sources, unusable) = try asked(mirror)
        for mirror in unusable { notice(mirror.error.message) }
        let asked = sources.filter { !isOffline || !$0.isRemote }
        var failures = unusable.map { (name: $0.name, error: $0.error) }
        for source in asked {
            do {
                if let model = try source.find(name, revision: revision) { return try body(source, model) }
            } catch let error as StoreError where error.isOfMirror {
                guard source.name != asked.last?.name else {
                    // The last word, and the only one that was not said yet.
                    throw error
                }
                failures.append((source.name, error))
                notice("\(error.statement); trying the next mirror")
            }
        }
        if let first = failures.first {
            throw StoreError.passedOver(model: name, failed: failures.map(\.name), first: first.error)
        }
        if asked.count < sources.count { throw StoreError.offline(mirrors: sources.filter(\.isRemote).map(\.name)) }
        throw StoreError.unknownMirrorModel(
            name: name, suggestions: suggestions(name, asked), mirrors: sources.map(\.name))
    }

    /// The one model that `name` names, and its mirror; see `first`.
    public func find(
        _ name: String, revision: String? = nil, mirror: String? = nil
    ) throws -> (any MirrorSource, MirrorModel) {
        try first(name, revision: revision, mirror: mirror) { ($0, $1) }
    }

    /// One mirror, or all.
    private func asked(_ mirror: String?) throws(StoreError) -> (
        sources: [any MirrorSource], unusable: [(name: String, path: String, error: StoreError)]
    ) {
        guard let mirror else { return try survey() }
        return ([try source(mirror)], [])
    }

    private func suggestions(_ name: String, _ sources: [any MirrorSource]) -> [String] {
        let names = sources.flatMap { source in
            // A hub has too many names to list; it is asked for this one's last part.
            let term = source is any ListedMirror ? "" : FilePaths.name(of: name)
            return (try? source.search(term))?.models.map(\.name) ?? []
        }
        return Suggestions.near(MirrorNames.folded(name), among: names)
    }

    private func source(_ name: String) throws(StoreError) -> any MirrorSource {
        let json = try entry(name)
        guard let configuration = json["configuration"] else {
            throw .invalidMirror(name: name, reason: "\(path(name)) is not a mirror's configuration")
        }
        guard let kind = kinds.first(where: { $0.kind == json["kind"]?.string }) else {
            throw .invalidMirror(name: name, reason: "its kind \(json["kind"]?.string ?? "") is not known")
        }
        return try kind.init(name: name, configuration: configuration)
    }

    private func entry(_ name: String) throws(StoreError) -> JSON {
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path(name), limit: 1 << 20) } catch {
            guard error.code == ENOENT else { throw .file(error) }
            throw .unknownMirror(name: name, existing: try names())
        }
        do throws(StoreError) {
            return try SealedJSON.read(
                bytes, context: Self.context(name), unsealed: ["configuration", "kind", "order"], path: path(name))
        } catch {
            guard case .damaged(let path, let reason) = error else { throw error }
            throw .damaged(path: path, reason: "\(reason); `zoo mirror remove \(name)`, then add the mirror again")
        }
    }

    /// What ties a file to its name.
    private static func context(_ name: String) -> String { "mirror \(name)" }

    private func names() throws(StoreError) -> [String] {
        try FilePaths.listIfPresent(store.layout.mirrors).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
            .map { String($0.dropLast(5)) }
    }

    private func path(_ name: String) -> String { "\(store.layout.mirrors)/\(name).json" }
}

/// How names in mirrors are compared.
public enum MirrorNames {
    /// Lower case, with each run of `-`, `_` and `.` as one `-`.
    public static func folded(_ name: String) -> String {
        // Nearly every name is ASCII, and a search folds those of thousands of models.
        if name.utf8.allSatisfy({ $0 < 0x80 }) {
            var folded: [UInt8] = []
            for byte in name.utf8 {
                let isCapital = byte &- UInt8(ascii: "A") < 26
                let next =
                    byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
                    ? UInt8(ascii: "-") : isCapital ? byte | 0x20 : byte
                if next != UInt8(ascii: "-") || folded.last != next { folded.append(next) }
            }
            return String(decoding: folded, as: UTF8.self)
        }
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
