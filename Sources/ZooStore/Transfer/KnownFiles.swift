public import ZooBase

/// Files of the store by what a mirror states of them (`RemoteFile.contentKey`): what is there is not fetched.
public struct KnownFiles: Sendable {
    private var files: [String: StoredFile] = [:]

    /// Knows none.
    public init() {}

    /// Learns from the record of an earlier pull which of its version's files the mirror stated what of.
    public mutating func add(_ record: JSON, of manifest: Manifest) {
        for entry in record["files"]?.array ?? [] {
            guard let path = entry[0]?.string, let key = entry[1]?.string, let file = manifest.file(path) else {
                continue
            }
            files[key] = file
        }
    }

    /// Looks through the manifests of `store` for the files of `model` whose SHA-256 is stated.
    mutating func look(for model: RemoteModel, in store: Store) throws(StoreError) {
        var wanted: [ContentDigest: RemoteFile] = [:]
        for file in model.files where find(file, in: store) == nil {
            if case .sha256(let digest) = file.claim { wanted[digest] = file }
        }
        for name in try FilePaths.listIfPresent(store.layout.manifests) where !wanted.isEmpty {
            guard let digest = ContentDigest(hex: name),
                let bytes = try? ByteStorage(mapping: store.layout.manifest(digest))
            else { continue }
            // Parsed only when it names one of them, for there may be many.
            guard bytes.withUnsafeBytes({ Self.names($0, anyOf: wanted) }), let manifest = try? store.manifest(digest)
            else { continue }
            for file in manifest.files {
                guard let remote = wanted[file.digest], Self.isWhole(file, in: store) else { continue }
                files[remote.contentKey] = file
                wanted[file.digest] = nil
            }
        }
    }

    /// The file of these bytes; nil when the store does not hold it, or not all of it.
    func find(_ file: RemoteFile, in store: Store) -> StoredFile? {
        if let known = files[file.contentKey], known.size == file.size, Self.isWhole(known, in: store) { return known }
        if case .sha256(let digest) = file.claim, store.blobs.contains(digest, size: file.size) {
            return StoredFile(
                path: file.path, size: file.size, digest: digest,
                segments: [StoredFile.Segment(digest: digest, size: file.size)])
        }
        return nil
    }

    /// Whether a manifest's text holds one of the digests in quotes.
    private static func names(_ text: UnsafeRawBufferPointer, anyOf wanted: [ContentDigest: RemoteFile]) -> Bool {
        let quote = UInt8(ascii: "\"")
        var index = 0
        while index + 65 < text.count {
            if text[index] == quote, text[index + 65] == quote,
                let digest = ContentDigest(hex: String(decoding: text[(index + 1)..<(index + 65)], as: UTF8.self)),
                wanted[digest] != nil
            {
                return true
            }
            index += 1
        }
        return false
    }

    private static func isWhole(_ file: StoredFile, in store: Store) -> Bool {
        file.segments.allSatisfy { store.blobs.contains($0.digest, size: $0.size) }
    }
}
