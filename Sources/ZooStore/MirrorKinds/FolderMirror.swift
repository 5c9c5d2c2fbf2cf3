import Glibc
public import ZooBase

/// A folder that holds model folders and archives with model folders in them, at any depth.
public struct FolderMirror: ListedMirror {
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
    public func list() throws(StoreError) -> MirrorListing {
        guard FilePaths.isFolder(path) else {
            throw .invalidMirror(name: name, reason: "there is no folder \(path)")
        }
        var walk = Walk()
        try walk.visit(path, relative: "")
        var models: [MirrorModel] = []
        let folders = ModelFolders.find(among: walk.files.keys.map(\.text))
        for folder in folders { models.append(try model(folder: folder, files: walk.files)) }
        var problems = walk.problems
        let archives = walk.files.keys.sorted().map(\.text).filter { file in
            ArchiveReader.suffixes.contains(where: file.lowercased().hasSuffix)
                && !folders.contains { ModelFolders.holds($0, file) }
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

    private func model(folder: String, files: [ExactString: Int]) throws(StoreError) -> MirrorModel {
        let inside = files.filter { ModelFolders.holds(folder, $0.key.text) }
        var notes: [ExactString: [UInt8]] = [:]
        for (file, size) in inside where Licences.isNote(file.text) && size <= ArchiveListing.maximumNoteSize {
            notes[file] = try? FilePaths.read(FilePaths.join(path, file.text))
        }
        return MirrorModel(
            name: folder.isEmpty ? FilePaths.name(of: path) : folder, mirror: name, kind: "folder",
            place: folder.isEmpty ? "." : folder, size: inside.values.boundedSum,
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

    /// The regular files below a folder and their sizes; links to folders are not followed, so there is no loop.
    private struct Walk {
        var files: [ExactString: Int] = [:]
        var problems: [(place: String, error: StoreError)] = []

        mutating func visit(_ folder: String, relative: String) throws(StoreError) {
            let names: [String]
            do { names = try FilePaths.list(folder) } catch {
                if relative.isEmpty { throw .file(error) }
                problems.append((relative, .file(error)))
                return
            }
            for name in names where !name.hasPrefix(".git") || name == ".gitattributes" {
                let path = FilePaths.join(folder, name)
                let inside = relative.isEmpty ? name : relative + "/" + name
                var info = stat()
                guard lstat(path, &info) == 0 else { continue }
                if info.st_mode & S_IFMT == S_IFDIR {
                    try visit(path, relative: inside)
                } else if stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG {
                    files[ExactString(inside)] = Int(info.st_size)
                }
            }
        }
    }
}
