import Glibc
public import ZooBase

/// A folder for work that is thrown away when it ends.
///
/// It lies in the registry's cache where that can be written, else in `$TMPDIR`. One that a killed process left is removed
/// by the next that makes one, and by `gc`; both leave those alone whose maker lives.
public final class ScratchFolder: Sendable {
    private static let prefix = "scratch-"
    private static let lockName = "lock"
    /// The folder.
    public let path: String
    private let lock: Lock

    /// Makes the folder.
    ///
    /// - Throws: `StoreError.file`.
    public init(for store: Store) throws(StoreError) {
        let base = Self.base(of: store)
        for name in try FilePaths.listIfPresent(base) where name.hasPrefix(Self.prefix) {
            let left = FilePaths.join(base, name)
            if !Self.isLive(left) { try? FilePaths.remove(left) }
        }
        path = FilePaths.join(base, Self.prefix + String(UInt64.random(in: .min ... .max), radix: 36))
        // It gets its name when the lock is held, so that nobody takes it for a left one.
        let work = FilePaths.join(base, "." + FilePaths.name(of: path))
        guard mkdir(work, 0o700) == 0 else { throw .file(FileError("make folder", work)) }
        lock = try Lock(FilePaths.join(work, Self.lockName), .exclusive, what: "another zoo command has the folder")
        guard rename(work, path) == 0 else { throw .file(FileError("rename to", path)) }
    }

    deinit { try? FilePaths.remove(path) }

    /// Whether the process that made the scratch folder at `path` is alive.
    static func isLive(_ path: String) -> Bool { Lock.isHeld(FilePaths.join(path, lockName)) }

    private static func base(of store: Store) -> String {
        if access(store.cacheFolder, W_OK) == 0 { return FilePaths.absolute(store.cacheFolder) }
        return getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }
}

extension StoreWriter {
    /// Makes a version of another registry one of this, which must not outlive that registry: its blobs become links.
    ///
    /// - Throws: `StoreError.damaged`, `.damagedBlob` for what is not there.
    public func adopt(_ digest: ContentDigest, from other: Store, as name: ModelName) throws(StoreError) -> Commit {
        let manifest = try other.manifest(digest)
        for file in manifest.files + manifest.attachments {
            for segment in file.segments where !store.blobs.contains(segment.digest, size: segment.size) {
                _ = try other.blobs.open(segment.digest, size: segment.size, for: file.path)
                let path = store.blobs.path(of: segment.digest)
                try io { () throws(FileError) in
                    try FilePaths.makeFolder(FilePaths.parent(of: path))
                    guard symlink(FilePaths.absolute(other.blobs.path(of: segment.digest)), path) == 0 else {
                        throw FileError("link", path)
                    }
                }
            }
        }
        for parent in manifest.derivation.parents where !FilePaths.exists(store.layout.manifest(parent)) {
            // Of what it was made from nothing but the manifest is needed.
            let bytes = Array(try other.manifest(parent).json.text(.canonical).utf8)
            try io { () throws(FileError) in try AtomicFile.write(bytes, to: store.layout.manifest(parent)) }
        }
        return try commit(manifest, as: name)
    }
}
