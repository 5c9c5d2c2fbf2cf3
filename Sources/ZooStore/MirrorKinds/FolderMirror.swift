import Glibc
public import ZooBase

/// A folder that holds model folders and archives with model folders in them, at any depth.
public struct FolderMirror: RememberedMirror {
    /// The word `folder`.
    public static let kind = "folder"
    /// The name the user gave it.
    public let name: String
    /// The folder, absolute.
    public let path: String

    /// The folder.
    public var location: String { path }
    /// Never.
    public var isRemote: Bool { false }
    /// An object `{"path"}`.
    public var configuration: JSON { ["path": .string(path)] }

    /// Reads `{"path"}`.
    public init(name: String, configuration: JSON) throws(StoreError) {
        guard let path = configuration["path"]?.string, path.hasPrefix("/") else {
            throw .invalidMirror(name: name, reason: "its configuration names no absolute path")
        }
        self.name = name
        self.path = path
    }

    init(name: String, path: String) {
        self.name = name
        self.path = path
    }

    /// Takes any address that is not an URL.
    public init?(name: String, address: String, options: MirrorOptions) throws(StoreError) {
        if address.contains("://") { return nil }
        guard FilePaths.isFolder(address), let resolved = realpath(address, nil) else {
            throw .noFolder(path: address)
        }
        defer { free(resolved) }
        self.name = name
        path = String(cString: resolved)
    }

    /// Walks the folder; archives are listed, not unpacked.
    public func list() throws(StoreError) -> MirrorListing { try list(walk()) }

    /// What was found before, while every file and folder looks as it did then.
    func list(_ kept: SearchList?) throws(StoreError) -> (listing: MirrorListing, toKeep: SearchList?) {
        if let kept, let stamps = FolderStamps(of: kept.seen, in: path), kept.state == Self.state(stamps),
            let listing = kept.listing(of: name)
        {
            return (listing, nil)
        }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let walk = try walk()
        let listing = try list(walk)
        // What changed while it was read, or so short a time before that its next change might have the same time, is
        // read again the next time.
        guard let after = FolderStamps(of: walk.stamps.paths, in: path), after.sum == walk.stamps.sum,
            after.newest / 1_000_000_000 < Int64(now.tv_sec) - Self.settlingSeconds
        else { return (listing, nil) }
        return (listing, SearchList(listing, state: Self.state(after), seen: after.paths))
    }

    /// How long nothing may have changed before a list is kept: more than the coarsest times of file systems.
    private static let settlingSeconds: Int64 = 2

    private static func state(_ stamps: FolderStamps) -> String { String(stamps.sum, radix: 16) }

    private func walk() throws(StoreError) -> FolderWalk {
        guard FilePaths.isFolder(path) else {
            throw .invalidMirror(name: name, reason: "there is no folder \(path)")
        }
        return try FolderWalk(path)
    }

    private func list(_ walk: FolderWalk) throws(StoreError) -> MirrorListing {
        let files = walk.files.sorted { $0.key < $1.key }.map { (path: $0.key.text, size: $0.value) }
        var models: [MirrorModel] = []
        let folders = ModelFolders.find(among: files.map(\.path))
        for folder in folders { models.append(model(folder: folder, files: files)) }
        var problems = walk.problems
        let held = Set(folders.map { ExactString($0) })
        let archives = files.map(\.path).filter { file in
            ArchiveReader.suffixes.contains(where: file.lowercased().hasSuffix) && !ModelFolders.holds(held, file)
        }
        for archive in archives {
            do throws(StoreError) { models += try self.models(inArchive: archive) } catch {
                problems.append((archive, error))
            }
        }
        return MirrorListing(
            models: models.sorted { ($0.name, $0.place) < ($1.name, $1.place) }, problems: problems)
    }

    func model(_ model: MirrorModel, at revision: String) throws(StoreError) -> MirrorModel {
        throw .unknownRevision(
            name: model.name, revision: revision, mirror: name, reason: "a folder has no revisions; leave it out")
    }

    /// Reads the model's folder or archive.
    public func take(
        _ model: MirrorModel, into writer: StoreWriter, options: TakeOptions, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel {
        guard case .local(let location) = model.contents else { throw .noModel(path: model.place) }
        return try writer.take(
            location, named: model.name, only: options.only, cutter: cutter, progress: progress)
    }

    /// How many models, and what cannot be read.
    public func check() throws(StoreError) -> [String] {
        let listing = try list()
        return ["\(listing.models.count) \(listing.models.count == 1 ? "model" : "models")"]
            + listing.problems.map { "\($0.place): \($0.error.message)" }
    }

    /// The model in a folder; `files` are sorted by the bytes of their paths.
    private func model(folder: String, files: [(path: String, size: Int)]) -> MirrorModel {
        // Those inside lie together.
        let start = ExactString(folder + "/")
        let first = folder.isEmpty ? 0 : files.partitioningIndex { ExactString($0.path) >= start }
        let inside = files[first...].prefix { ModelFolders.holds(folder, $0.path) }
        var notes: [ExactString: [UInt8]] = [:]
        for (file, size) in inside where Licences.isNote(file) && size <= ArchiveListing.maximumNoteSize {
            notes[ExactString(file)] = try? FilePaths.read(FilePaths.join(path, file))
        }
        return MirrorModel(
            name: folder.isEmpty ? FilePaths.name(of: path) : folder, mirror: name, kind: "folder",
            place: folder.isEmpty ? "." : folder, size: inside.map(\.size).boundedSum,
            licences: Licences.find(folder: folder, notes: notes),
            contents: .local(.folder(folder.isEmpty ? path : FilePaths.join(path, folder))))
    }

    private func models(inArchive archive: String) throws(StoreError) -> [MirrorModel] {
        let file = FilePaths.join(path, archive)
        let listing = try ArchiveListing(file)
        let paths = listing.paths
        let folders = ModelFolders.find(among: paths)
        let (stem, kind) = Self.stem(of: archive)
        return folders.map { folder in
            let own = folders.count == 1 ? stem : stem + "/" + (folder.isEmpty ? "." : folder)
            return MirrorModel(
                name: own, mirror: name, kind: kind, place: folders.count == 1 ? archive : "\(archive)/\(folder)",
                size: paths.reduce(0) { $0 + (ModelFolders.holds(folder, $1) ? listing.size($1) : 0) },
                licences: Licences.find(folder: folder, notes: listing.notes),
                contents: .local(.archive(path: file, folder: folder)))
        }
    }

    /// The name of an archive's model and the kind of archive: the distribution name of a wheel (PEP 427), spelled as
    /// package indexes spell it (PEP 503), otherwise the file name without its suffix.
    static func stem(of archive: String) -> (name: String, kind: String) {
        let file = FilePaths.name(of: archive)
        let suffix = ArchiveReader.suffixes.first(where: file.lowercased().hasSuffix) ?? ""
        let stem = String(file.dropLast(suffix.count))
        if suffix == ".whl" {
            let distribution = stem.split(separator: "-").first.map(String.init) ?? stem
            return (MirrorNames.folded(distribution), "wheel")
        }
        return (stem, suffix == ".tgz" ? "tar.gz" : String(suffix.dropFirst()))
    }
}
