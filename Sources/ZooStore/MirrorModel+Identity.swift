import Glibc
public import ZooBase

extension MirrorModel {
    /// What the mirror says the content is: the digests it states, or the time stamps of files on this machine; nil when
    /// the files changed so lately that a time stamp proves nothing.
    public func identity(_ only: FileFilter) -> ContentDigest? {
        let content: String
        switch contents {
        case .remote(let model): content = model.identity.hex
        case .local(let location):
            guard let stamp = location.stamp else { return nil }
            content = stamp
        case .named: return nil
        }
        let patterns = only.globs.map { JSON.string($0.description) }
        return ContentDigest(of: JSON.array([.string(content)] + patterns).text(.canonical))
    }

    /// The number of its files, all of them; nil when only a part of them is known.
    public var fileCount: Int? {
        switch contents {
        case .remote(let model): model.files.count
        case .local(.folder(let path)): (try? FilePaths.listRecursively(path))?.count
        case .local(.archive(let path, let folder)):
            (try? ArchiveListing(path))?.paths.count { ModelFolders.holds(folder, $0) }
        case .local(.file), .named: nil
        }
    }

    /// The files that would be taken, and the bytes of each that need not be fetched: all of one that the store is known
    /// to hold, of another what an interrupted pull left.
    public func plan(
        _ only: FileFilter, known: KnownFiles, in store: Store
    ) throws(StoreError) -> [(path: String, size: Int, held: Int)] {
        var known = known
        switch contents {
        case .remote(let model):
            try known.look(for: model, in: store)
            return model.files.map { file in
                let isHere = known.find(file, in: store) != nil
                return (file.path, file.size, isHere ? file.size : PulledFile.heldBytes(of: file, in: store))
            }
        case .local(.folder(let path)):
            let files = try io { () throws(FileError) in try FilePaths.listRecursively(path) }
            var plan: [(path: String, size: Int, held: Int)] = []
            for file in try only.filter(files, model: name, path: { $0 }) {
                let size = try io { () throws(FileError) in try FilePaths.size(of: FilePaths.join(path, file)) }
                plan.append((file, size, 0))
            }
            return plan
        case .local(.archive(let path, let folder)):
            let listing = try ArchiveListing(path)
            let inside = listing.paths.filter { ModelFolders.holds(folder, $0) }
            return try only.filter(inside, model: name, path: { ModelFolders.relative($0, to: folder) }).map {
                (ModelFolders.relative($0, to: folder), listing.size($0), 0)
            }
        case .local(.file), .named: return []
        }
    }
}

extension RemoteModel {
    /// What the mirror states of each file, for the record of a pull: `[path, statement]`.
    public var statements: JSON {
        .array(files.map { .array([.string($0.path), .string($0.contentKey)]) })
    }
}

extension ModelLocation {
    /// Size, time of change and place on the disk of every file, as one digest; nil when one changed in the last two
    /// seconds, in which it could change again without a new time.
    var stamp: String? {
        let paths: [String]
        switch self {
        case .file(let path), .archive(let path, _): paths = [path]
        case .folder(let folder):
            guard let files = try? FilePaths.listRecursively(folder) else { return nil }
            paths = files.map { FilePaths.join(folder, $0) }
        }
        let now = time(nil)
        var text = ""
        if case .archive(_, let folder) = self { text = folder }
        for path in paths {
            var info = stat()
            guard stat(path, &info) == 0, max(info.st_mtim.tv_sec, info.st_ctim.tv_sec) < now - 2 else { return nil }
            text += "\n\(path)\t\(info.st_size)\t\(info.st_dev)\t\(info.st_ino)"
            text += "\t\(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)\t\(info.st_ctim.tv_sec).\(info.st_ctim.tv_nsec)"
        }
        return ContentDigest(of: text).hex
    }
}
