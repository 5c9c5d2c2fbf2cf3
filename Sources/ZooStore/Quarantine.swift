import Glibc
import ZooBase

/// Moving files in and out of `quarantine/`.
extension Store {
    /// Gives a stray the name it should have, when something is missing that it is: a blob or manifest by its digest, the
    /// folder of a model by a name that differs in capital letters; that name, nil when there is none.
    func putBack(_ path: String, _ lost: Lost) throws(StoreError) -> String? {
        guard let target = try place(of: path, lost), FilePaths.isMissing(target) else { return nil }
        try io { () throws(FileError) in
            try FilePaths.makeDurableFolder(FilePaths.parent(of: target))
            guard rename(path, target) == 0 else { throw FileError("rename to", target) }
            try AtomicFile.syncFolder(of: target)
            try AtomicFile.syncFolder(of: path)
        }
        return String(target.dropFirst(home.count + 1))
    }

    private func place(of path: String, _ lost: Lost) throws(StoreError) -> String? {
        let folded = ModelName.folded(FilePaths.name(of: path))
        let folder = FilePaths.parent(of: path)
        if folder == layout.refs {
            guard let name = ModelName(escaped: folded), lost.names.contains(name) else { return nil }
            return FilePaths.join(folder, folded)
        }
        guard folder == layout.manifests || path.hasPrefix(layout.blobs + "/"), !FilePaths.isFolder(path) else {
            return nil
        }
        let bytes = try io { () throws(FileError) in try ByteStorage(mapping: path) }
        let digest = bytes.withUnsafeBytes { ContentDigest(of: $0) }
        guard folded == digest.hex || lost.digests.contains(digest) else { return nil }
        return folder == layout.manifests ? layout.manifest(digest) : layout.blob(digest)
    }

    /// Moves a file into `quarantine/`; where it lies now, relative to the home folder, nil when there was none.
    @discardableResult
    func setAside(_ path: String) throws(StoreError) -> String? {
        guard FilePaths.exists(path) else { return nil }
        let target = try quarantinePath(path)
        guard rename(path, target) == 0 else { throw .file(FileError("rename to", target)) }
        try io { () throws(FileError) in
            try AtomicFile.syncFolder(of: target)
            try AtomicFile.syncFolder(of: path)
        }
        return String(target.dropFirst(home.count + 1))
    }

    /// Copies a file that is to be replaced into `quarantine/`; what is no file is moved there.
    func keep(_ path: String) throws(StoreError) {
        if FilePaths.isFolder(path) {
            try setAside(path)
            return
        }
        guard FilePaths.exists(path) else { return }
        let target = try quarantinePath(path)
        try io { () throws(FileError) in try AtomicFile.write(try FilePaths.read(path), to: target) }
    }

    private func quarantinePath(_ path: String) throws(StoreError) -> String {
        try io { () throws(FileError) in try FilePaths.makeDurableFolder(layout.quarantine) }
        var name = path.dropFirst(home.utf8.count + 1).split(separator: "/").joined(separator: "-")
        while FilePaths.exists(FilePaths.join(layout.quarantine, name)) { name += "+" }
        return FilePaths.join(layout.quarantine, name)
    }
}
