import ZooBase

/// What the registry takes on the disk.
public struct DiskUse: Sendable {
    /// One version's share.
    public struct Share: Sendable {
        /// The version.
        public let version: ModelVersion
        /// Bytes of its files and attachments.
        public let size: Int
        /// Bytes that no other manifest needs: what removing it would free.
        public let own: Int
        /// Bytes on the disk that other manifests need too.
        public let shared: Int
    }
    /// By name and number.
    public let versions: [Share]
    /// Bytes by part of the home folder (`blobs`, `cache`, `runs`, …), by name.
    public let parts: [(name: String, size: Int)]
    /// Bytes of blobs that no version needs: what `gc` would free, runs aside.
    public let unneeded: Int
}

extension Store {
    /// Measures what versions and parts of the registry take, those of one model or all.
    ///
    /// - Throws: `StoreError.damaged` when a manifest cannot be read.
    public func diskUse(_ name: ModelName? = nil) throws(StoreError) -> DiskUse {
        var users: [ContentDigest: Int] = [:]
        var manifests: [ContentDigest: (size: Int, blobs: [ContentDigest: Int])] = [:]
        let all = try versions()
        for version in all where manifests[version.manifest] == nil {
            let manifest = try manifest(of: version)
            var blobs: [ContentDigest: Int] = [:]
            var size = 0
            for file in manifest.files + manifest.attachments {
                size += file.size
                for segment in file.segments { blobs[segment.digest] = segment.size }
            }
            for digest in blobs.keys { users[digest, default: 0] += 1 }
            manifests[version.manifest] = (size, blobs)
        }
        let shares = all.filter { name == nil || $0.name == name }.map { version in
            let (size, blobs) = manifests[version.manifest]!
            let own = blobs.reduce(0) { users[$1.key] == 1 ? $0 + $1.value : $0 }
            return DiskUse.Share(
                version: version, size: size, own: own, shared: blobs.values.reduce(0, +) - own)
        }
        let unneeded = try blobs.all().reduce(0) { users[$1.digest] == nil ? $0 + $1.size : $0 }
        let parts = try FilePaths.listIfPresent(home).map { ($0, Self.treeSize(FilePaths.join(home, $0))) }
        return DiskUse(versions: shares, parts: parts, unneeded: unneeded)
    }
}
