import Glibc
import ZooBase

/// What a garbage collection removed, or would remove.
public struct GarbageReport: Sendable {
    /// Something that nothing needs, or nothing but a run.
    public struct Item: Sendable, Hashable {
        /// `blob`, `manifest`, `records`, `temporary`, `partial` (an interrupted pull), `cache`, or `run`.
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
    /// What is kept although no version needs it: pulls interrupted less than a day ago, and runs, each with the bytes
    /// of the blobs that it alone keeps.
    public let kept: [Item]
    /// Bytes of all items.
    public var byteCount: Int { items.reduce(0) { $0 + $1.size } }
}

extension Store {
    /// Removes what no version and no run needs: blobs, manifests and their records, left-over temporary files, partial
    /// downloads that nobody went on with for a day, the cache.
    ///
    /// Waits until no other process writes, so what these write is safe.
    ///
    /// - Parameter withPartial: also partial downloads that are younger.
    /// - Throws: `StoreError.blocksCollection` or `.damaged` (and removes nothing) when a ref or a manifest that says what
    ///   is needed cannot be read.
    public func collectGarbage(dryRun: Bool, withPartial: Bool = false) throws(StoreError) -> GarbageReport {
        guard FilePaths.exists(home) else { return GarbageReport(isDryRun: dryRun, items: [], kept: []) }
        if dryRun {
            let (items, kept) = try garbage(withPartial: withPartial)
            return GarbageReport(isDryRun: true, items: items, kept: kept)
        }
        try makeFolders()
        let lock = try lock(.exclusive)
        defer { withExtendedLifetime(lock) {} }
        let (items, kept) = try garbage(withPartial: withPartial)
        for item in items {
            // Who fills the cache holds no lock: it only saves time.
            try io { () throws(FileError) in
                try FilePaths.remove(FilePaths.join(home, item.path), leavingNew: item.kind == "cache")
            }
        }
        return GarbageReport(isDryRun: false, items: items, kept: kept)
    }

    /// How long a pull may be interrupted before its partial downloads go.
    private static let partialSeconds = 24 * 60 * 60

    private func garbage(
        withPartial: Bool
    ) throws(StoreError) -> (items: [GarbageReport.Item], kept: [GarbageReport.Item]) {
        var kept: [GarbageReport.Item] = []
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
        let neededByVersions = blobsNeeded
        let runNeeds = try runs.needs()
        for run in runNeeds { try need(run.manifest) }
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
        for name in try FilePaths.listIfPresent(layout.cache) {
            let path = FilePaths.join(layout.cache, name)
            if !ScratchFolder.isLive(path) { items.append(item("cache", path)) }
        }
        for name in try FilePaths.listIfPresent(layout.partial) {
            let partial = item("partial", FilePaths.join(layout.partial, name))
            let isYoung = Self.secondsUnchanged(FilePaths.join(layout.partial, name)) < Self.partialSeconds
            if isYoung, !withPartial { kept.append(partial) } else { items.append(partial) }
        }
        kept += try keptByRuns(runNeeds, beside: neededByVersions)
        return (items.sorted { $0.path < $1.path }, kept.sorted { $0.path < $1.path })
    }

    /// The runs that keep blobs which no version needs, each with the bytes of these.
    private func keptByRuns(
        _ needs: [(manifest: ContentDigest, run: String)], beside versions: Set<ContentDigest>
    ) throws(StoreError) -> [GarbageReport.Item] {
        var held: [String: [ContentDigest: Int]] = [:]
        for need in needs {
            let manifest = try manifest(need.manifest)
            for segment in (manifest.files + manifest.attachments).flatMap(\.segments)
            where !versions.contains(segment.digest) {
                held[need.run, default: [:]][segment.digest] = segment.size
            }
        }
        return held.map { run, blobs in
            GarbageReport.Item(kind: "run", path: "runs/\(run)", size: blobs.values.reduce(0, +))
        }
    }

    /// How long nothing at or below `path` has changed.
    private static func secondsUnchanged(_ path: String) -> Int {
        let inside = FilePaths.isFolder(path) ? (try? FilePaths.listRecursively(path)) ?? [] : []
        let newest = ([path] + inside.map { FilePaths.join(path, $0) }).map { path in
            var info = stat()
            return lstat(path, &info) == 0 ? info.st_mtim.tv_sec : 0
        }.max()
        return time(nil) - (newest ?? 0)
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
