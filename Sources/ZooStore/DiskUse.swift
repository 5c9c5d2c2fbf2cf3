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
    /// What a collection of garbage would remove and what it would keep for a run or a pull; nil when a version or a run
    /// could not be read, so that this cannot be told.
    public let garbage: GarbageReport?
    /// Versions that are left out, since their refs or manifests cannot be read, and why.
    public let problems: [(version: String, error: StoreError)]
}

extension Store {
    /// Measures what versions and parts of the registry take, those of one model or all.
    ///
    /// A version that cannot be read is left out and named; what it shares with others then counts as their own.
    public func diskUse(_ name: ModelName? = nil) throws(StoreError) -> DiskUse {
        var users: [ContentDigest: Int] = [:]
        var manifests: [ContentDigest: (size: Int, blobs: [ContentDigest: Int])] = [:]
        if let name { _ = try numbers(name) }
        var all: [ModelVersion] = []
        var problems: [(version: String, error: StoreError)] = []
        for model in try refs.names() {
            for number in try refs.numbers(model) {
                do throws(StoreError) {
                    let version = try version(model, number)
                    if manifests[version.manifest] != nil {
                        all.append(version)
                        continue
                    }
                    let manifest = try manifest(of: version)
                    all.append(version)
                    let files = manifest.files + manifest.attachments
                    var blobs: [ContentDigest: Int] = [:]
                    for segment in files.flatMap(\.segments) { blobs[segment.digest] = segment.size }
                    for digest in blobs.keys { users[digest, default: 0] += 1 }
                    manifests[version.manifest] = (files.map(\.size).boundedSum, blobs)
                } catch { problems.append(("\(model)@\(number)", error)) }
            }
        }
        let shares = all.filter { name == nil || $0.name == name }.map { version in
            let (size, blobs) = manifests[version.manifest]!
            let own = blobs.reduce(0) { users[$1.key] == 1 ? $0 + $1.value : $0 }
            return DiskUse.Share(
                version: version, size: size, own: own, shared: blobs.values.reduce(0, +) - own)
        }
        let garbage = problems.isEmpty ? try? collectGarbage(dryRun: true) : nil
        let parts = try FilePaths.listIfPresent(home).map { ($0, Self.treeSize(FilePaths.join(home, $0))) }
        return DiskUse(
            versions: shares, parts: parts, garbage: garbage, problems: problems)
    }
}
