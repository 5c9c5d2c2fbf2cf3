import ZooBase

extension StoreWriter {
    /// Reads every file of the model at `location`, sub-folders included, into the store and makes the blobs durable.
    ///
    /// They are no version until `commit`.
    ///
    /// - Parameters:
    ///   - name: what errors call it; its path when there is none.
    ///   - cutter: where to cut each file into segments.
    ///   - progress: told the bytes done and the bytes there are.
    /// - Throws: `StoreError.hostileEntry`, `.unreadableArchive`, `.noModel`, `.sourceChanged`, `.file`.
    public func take(
        _ location: ModelLocation, named name: String? = nil, only: FileFilter = .all, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel {
        do {
            let taken = try takeFiles(location, named: name, only: only, cutter: cutter, progress: progress)
            try publish()
            return taken
        } catch {
            try? lanes.whole.finish()
            try? lanes.parts.finish()
            batch.abandon()
            throw error
        }
    }

    private func takeFiles(
        _ location: ModelLocation, named name: String?, only: FileFilter, cutter: @escaping SegmentCutter,
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel {
        switch location {
        case .folder(let path):
            return try takeFolder(path, named: name ?? path, only: only, cutter: cutter, progress: progress)
        case .file(let path):
            let total = try io { () throws(FileError) in try FilePaths.size(of: path) }
            let file = try add(FilePaths.name(of: path), fileAt: path, cutter: cutter) { progress($0, total) }
            return Self.taken([file], archive: nil, folder: nil, licences: [])
        case .archive(let path, let folder):
            return try takeArchive(
                path, folder: folder, named: name ?? path, only: only, cutter: cutter, progress: progress)
        }
    }

    private func takeFolder(
        _ root: String, named name: String, only: FileFilter, cutter: @escaping SegmentCutter,
        progress: (Int, Int) -> Void
    ) throws(StoreError) -> TakenModel {
        let all = try io { () throws(FileError) in try FilePaths.listRecursively(root) }
        guard !all.isEmpty else { throw .noModel(path: root) }
        let paths = try only.filter(all, model: name) { $0 }
        var sizes: [Int] = []
        for path in paths {
            guard StoredFile.isSafe(path) else {
                throw .hostileEntry(archive: root, entry: path, reason: "has control characters in its name")
            }
            sizes.append(try io { () throws(FileError) in try FilePaths.size(of: FilePaths.join(root, path)) })
        }
        let total = sizes.boundedSum
        var done = 0
        var files: [StoredFile] = []
        var notes: [ExactString: [UInt8]] = [:]
        for path in paths {
            let source = FilePaths.join(root, path)
            files.append(
                try add(path, fileAt: source, cutter: cutter) { count in
                    done += count
                    progress(done, total)
                })
            if Licences.isNote(path), files.last!.size <= ArchiveListing.maximumNoteSize {
                notes[ExactString(path)] = try io { () throws(FileError) in try FilePaths.read(source) }
            }
        }
        return Self.taken(files, archive: nil, folder: nil, licences: Licences.find(folder: "", notes: notes))
    }

    private func takeArchive(
        _ archive: String, folder: String, named name: String, only: FileFilter, cutter: @escaping SegmentCutter,
        progress: (Int, Int) -> Void
    ) throws(StoreError) -> TakenModel {
        let listing = try ArchiveListing(archive)
        // A file goes under its own path and under those of the links to it.
        var destinations: [ExactString: [String]] = [:]
        let inside = listing.paths.filter { ModelFolders.holds(folder, $0) }
        for path in try only.filter(inside, model: name, path: { ModelFolders.relative($0, to: folder) }) {
            let source = ExactString(listing.links[ExactString(path)] ?? path)
            destinations[source, default: []].append(ModelFolders.relative(path, to: folder))
        }
        guard !destinations.isEmpty else { throw .noModel(path: archive) }
        let total = destinations.keys.reduce(0) { $0 + listing.size($1.text) }
        let digest = ArchiveDigest(archive)
        var files: [StoredFile] = []
        var remaining = try ArchiveListing.contentLimit(archive)
        var done = 0
        let reader = try ArchiveReader(archive)
        while let entry = try reader.next() {
            let name = ExactString(try ArchiveListing.parts(of: entry.name, archive: archive).joined(separator: "/"))
            guard entry.kind == .file, let paths = destinations.removeValue(forKey: name) else { continue }
            guard let size = entry.size else {
                throw .unreadableArchive(path: archive, reason: "the size of \(entry.name) is not recorded")
            }
            let file = try ingest(paths[0], size: size, cutter: cutter)
            var received = 0
            try reader.read { (chunk) throws(StoreError) in
                received += chunk.count
                remaining -= chunk.count
                guard received <= size else {
                    throw .hostileEntry(archive: archive, entry: entry.name, reason: "is longer than the archive says")
                }
                guard remaining >= 0 else {
                    throw .hostileEntry(archive: archive, entry: entry.name, reason: ArchiveListing.bombReason)
                }
                try file.append(chunk)
                done += chunk.count
                progress(done, total)
            }
            guard let stored = try file.finish() else {
                throw .unreadableArchive(
                    path: archive, reason: "\(entry.name) has \(received) bytes, \(size) are recorded")
            }
            if let stated = listing.record?.digests[name], stated != stored.digest {
                throw .hostileEntry(
                    archive: archive, entry: entry.name,
                    reason: "is not what the wheel's RECORD says: \(stated) stated, \(stored.digest) found")
            }
            files += paths.map(stored.moved)
        }
        guard destinations.isEmpty else { throw .sourceChanged(path: archive) }
        return Self.taken(
            files, archive: try digest.result(), folder: folder,
            licences: Licences.find(folder: folder, notes: listing.notes))
    }

    static func taken(
        _ files: [StoredFile], archive: (digest: ContentDigest, size: Int)?, folder: String?, licences: [Licence]
    ) -> TakenModel {
        let sorted = files.sorted { ExactString($0.path) < ExactString($1.path) }
        var inputs =
            archive.map {
                [Derivation.Input(role: "archive", digest: $0.digest, facts: ["size": .integer($0.size)])]
            } ?? []
        inputs += sorted.map { .init(role: "file", digest: $0.digest, facts: ["path": .string($0.path)]) }
        return TakenModel(
            files: sorted, inputs: inputs, parameters: .object(["folder": folder.map { .string($0) }]),
            licences: licences)
    }
}

/// The SHA-256 of an archive, computed on a thread of its own while its entries are read.
private final class ArchiveDigest {
    private let lane = Lane("archive-digest")
    private let outcome = DigestBox()

    init(_ path: String) {
        let outcome = outcome
        // A failure of this only job is thrown by `result`.
        try? lane.send { () throws(StoreError) in
            let reader = try ChunkReader(path)
            var hasher = ContentHasher()
            var size = 0
            while let chunk = try reader.next() {
                hasher.update(chunk)
                size += chunk.count
            }
            guard size == reader.size else { throw .sourceChanged(path: path) }
            outcome.set(hasher.finalize(), size: size)
        }
    }

    func result() throws(StoreError) -> (digest: ContentDigest, size: Int) {
        try lane.finish()
        return outcome.value!
    }
}
