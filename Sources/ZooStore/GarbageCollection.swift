import Glibc
import ZooBase

/// What a garbage collection removed, or would remove.
public struct GarbageReport: Sendable {
    /// Something that nothing needs.
    public struct Item: Sendable, Hashable {
        /// `blob`, `manifest`, `records`, `temporary`, `partial` or `cache`.
        public let kind: String
        /// The path, relative to the home folder.
        public let path: String
        /// Size in bytes.
        public let size: Int
    }
    /// Whether nothing was removed, only counted.
    public let isDryRun: Bool
    /// What nothing needs, by path.
    public let items: [Item]
    /// Bytes of all items.
    public var byteCount: Int { items.reduce(0) { $0 + $1.size } }
}

extension Store {
    /// Removes what no version and no run needs: blobs, manifests and their records, left-over temporary files, partial
    /// downloads, the cache.
    ///
    /// Waits until no other process writes, so what these write is safe.
    ///
    /// - Throws: `StoreError.blocksCollection` or `.damaged` (and removes nothing) when a ref or a manifest that says what
    ///   is needed cannot be read.
    public func collectGarbage(dryRun: Bool) throws(StoreError) -> GarbageReport {
        guard FilePaths.exists(home) else { return GarbageReport(isDryRun: dryRun, items: []) }
        if dryRun { return GarbageReport(isDryRun: true, items: try garbage()) }
        try makeFolders()
        let lock = try lock(.exclusive)
        defer { withExtendedLifetime(lock) {} }
        let items = try garbage()
        for item in items {
            try io { () throws(FileError) in try FilePaths.remove(FilePaths.join(home, item.path)) }
        }
        return GarbageReport(isDryRun: false, items: items)
    }

    private func garbage() throws(StoreError) -> [GarbageReport.Item] {
        var blobsNeeded: Set<ContentDigest> = []
        var manifestsNeeded: Set<ContentDigest> = []
        var pending: [ContentDigest] = []
        func need(_ root: ContentDigest) throws(StoreError) {
            guard manifestsNeeded.insert(root).inserted else { return }
            let manifest = try manifest(root)
            for file in manifest.files + manifest.attachments { blobsNeeded.formUnion(file.segments.map(\.digest)) }
            pending += manifest.derivation.parents
        }
        for name in try refs.names() {
            for number in try refs.numbers(name) {
                do throws(StoreError) { try need(try version(name, number).manifest) } catch {
                    guard case .damaged(let path, let reason) = error else { throw error }
                    throw .blocksCollection(version: "\(name)@\(number)", reason: "\(path): \(reason)")
                }
            }
        }
        for run in try runs.needs() { try need(run.manifest) }
        // A version that nobody removed is kept, whatever became of its name: `verify --heal` gives it back.
        for lost in try lostVersions(among: { !manifestsNeeded.contains($0) })
        where FilePaths.exists(layout.manifest(lost.manifest)) {
            try need(lost.manifest)
        }
        // The manifests of ancestors are kept, without their files: they explain the lineage.
        while let ancestor = pending.popLast() {
            guard manifestsNeeded.insert(ancestor).inserted, FilePaths.exists(layout.manifest(ancestor)) else {
                continue
            }
            pending += try manifest(ancestor).derivation.parents
        }
        var items: [GarbageReport.Item] = []
        for blob in try blobs.all() where !blobsNeeded.contains(blob.digest) {
            items.append(item("blob", blobs.path(of: blob.digest)))
        }
        for name in try FilePaths.listIfPresent(layout.manifests) {
            if let digest = ContentDigest(hex: name), !manifestsNeeded.contains(digest) {
                items.append(item("manifest", layout.manifest(digest)))
            }
        }
        for name in try FilePaths.listIfPresent(layout.records) {
            if let digest = ContentDigest(hex: name), !manifestsNeeded.contains(digest) {
                items.append(item("records", layout.records(digest)))
            }
        }
        // A living process may be writing one of these while a dry run counts, but not while they are removed.
        for folder in [
            layout.blobs, layout.manifests, layout.refs, layout.records, layout.logs, layout.mirrors,
        ] {
            guard FilePaths.isFolder(folder) else { continue }
            for file in try io({ () throws(FileError) in try FilePaths.listRecursively(folder) })
            where file.hasSuffix(".tmp") && FilePaths.name(of: file).hasPrefix(".") {
                items.append(item("temporary", FilePaths.join(folder, file)))
            }
        }
        for (kind, folder) in [("partial", layout.partial), ("cache", layout.cache)] {
            for name in try FilePaths.listIfPresent(folder) where !ScratchFolder.isLive(FilePaths.join(folder, name)) {
                items.append(item(kind, FilePaths.join(folder, name)))
            }
        }
        return items.sorted { $0.path < $1.path }
    }

    private func item(_ kind: String, _ path: String) -> GarbageReport.Item {
        GarbageReport.Item(
            kind: kind, path: String(decoding: Array(path.utf8).dropFirst(home.utf8.count + 1), as: UTF8.self),
            size: Self.treeSize(path))
    }

    static func treeSize(_ path: String) -> Int {
        guard FilePaths.isFolder(path) else { return (try? FilePaths.size(of: path)) ?? 0 }
        return ((try? FilePaths.listRecursively(path)) ?? []).reduce(0) {
            $0 + ((try? FilePaths.size(of: FilePaths.join(path, $1))) ?? 0)
        }
    }
}
