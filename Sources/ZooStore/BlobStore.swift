import Glibc
public import ZooBase

/// Bytes named by their SHA-256, each in a read-only file.
public struct BlobStore: Sendable {
    let layout: Layout

    /// The file of a blob, whether or not it is there.
    public func path(of digest: ContentDigest) -> String { layout.blob(digest) }

    /// The size of the blob; nil when it is not there.
    public func size(of digest: ContentDigest) -> Int? { try? FilePaths.size(of: path(of: digest)) }

    /// Whether the blob is there with this size; its bytes are not read.
    public func contains(_ digest: ContentDigest, size: Int) -> Bool { self.size(of: digest) == size }

    /// Maps a blob.
    ///
    /// The size is always checked; the SHA-256 too when `verify` is set.
    ///
    /// - Parameter file: what to call the file that needs it in an error.
    /// - Throws: `StoreError.damagedBlob`.
    public func open(
        _ digest: ContentDigest, size: Int, verify: Bool = false, for file: String = "a file"
    ) throws(StoreError) -> ByteStorage {
        let path = path(of: digest)
        let storage: ByteStorage
        do { storage = try ByteStorage(mapping: path) } catch {
            guard error.code == ENOENT else { throw .file(error) }
            throw .damagedBlob(digest: digest, path: path, file: file, found: nil)
        }
        guard storage.byteCount == size else {
            throw .damagedBlob(
                digest: digest, path: path, file: file, found: "\(storage.byteCount) bytes instead of \(size)")
        }
        if verify {
            let found = storage.withUnsafeBytes { ContentDigest(of: $0) }
            guard found == digest else {
                throw .damagedBlob(digest: digest, path: path, file: file, found: "other bytes (\(found.short))")
            }
        }
        return storage
    }

    /// Every blob in the store, by digest.
    ///
    /// - Parameter failed: told of each folder and file that the system does not let be read; unless it throws, they are
    ///   left out.
    func all(
        unless failed: (_ path: String, StoreError) throws(StoreError) -> Void = { _, error throws(StoreError) in
            throw error
        }
    ) throws(StoreError) -> [(digest: ContentDigest, size: Int)] {
        var found: [(digest: ContentDigest, size: Int)] = []
        for folder in try FilePaths.listIfPresent(layout.blobs, unless: failed) where folder.utf8.count == 2 {
            for name in try FilePaths.listIfPresent(FilePaths.join(layout.blobs, folder), unless: failed) {
                guard let digest = ContentDigest(hex: name), name.hasPrefix(folder) else { continue }
                do { found.append((digest, try FilePaths.size(of: path(of: digest)))) } catch {
                    // It went meanwhile, or is a link that leads nowhere.
                    if error.code != ENOENT { try failed(path(of: digest), .file(error)) }
                }
            }
        }
        return found
    }
}
