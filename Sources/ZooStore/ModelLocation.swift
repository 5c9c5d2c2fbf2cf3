public import ZooBase

/// Where a model outside the registry lies.
public enum ModelLocation: Sendable, Hashable {
    /// A folder.
    case folder(String)
    /// A single checkpoint file.
    case file(String)
    /// The folder `folder` (may be empty) inside the archive at `path`.
    case archive(path: String, folder: String)

    /// Recognizes what lies at `path`: a model's folder, an archive that holds one model, or a checkpoint file.
    ///
    /// - Throws: `StoreError.noModel`, `.ambiguousMirrorModel` for an archive of several, `.file`, or what listing an
    ///   archive throws.
    public init(at path: String) throws(StoreError) {
        if FilePaths.isFolder(path) {
            let files = try io { () throws(FileError) in try FilePaths.listRecursively(path) }
            guard !files.isEmpty else { throw .noModel(path: path) }
            self = .folder(path)
        } else if ArchiveReader.suffixes.contains(where: path.lowercased().hasSuffix) {
            let folders = ModelFolders.find(among: try ArchiveListing(path).paths)
            guard let folder = folders.first else { throw .noModel(path: path) }
            guard folders.count == 1 else {
                throw .ambiguousMirrorModel(name: FilePaths.name(of: path), candidates: folders)
            }
            self = .archive(path: path, folder: folder)
        } else {
            _ = try io { () throws(FileError) in try FilePaths.size(of: path) }
            self = .file(path)
        }
    }
}

/// A model whose files are in the store, not yet a version.
public struct TakenModel: Sendable {
    /// The files, by path.
    public let files: [StoredFile]
    /// What it was read from, for the derivation: the archive (if any), then each file.
    public let inputs: [Derivation.Input]
    /// Parameters for the derivation: the folder inside the archive.
    public let parameters: JSON
    /// Every licence found, the one that holds first.
    public let licences: [Licence]
}
