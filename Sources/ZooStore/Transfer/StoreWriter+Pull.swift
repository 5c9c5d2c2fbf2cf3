import ZooBase

extension StoreWriter {
    /// Fetches the files of `model` that the store does not hold, checks each against what the mirror states, and makes
    /// their blobs durable.
    ///
    /// What an interrupted pull left is gone on with. They are no version until `commit`.
    ///
    /// - Parameters:
    ///   - known: a file of the store by what a mirror states of it; the store itself is asked too.
    ///   - isFresh: whether to fetch everything, whatever the store holds.
    /// - Throws: `StoreError.failedDigest`, `.mirrorFault`, `.network`, `.file`.
    func take(
        _ model: RemoteModel, from source: any PartSource, mirror: String, known: KnownFiles, isFresh: Bool,
        cutter: @escaping SegmentCutter, progress: (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> TakenModel {
        try model.check(mirror: mirror)
        var pull = RemotePull(writer: self, model: model, source: source, mirror: mirror, cutter: cutter)
        do {
            try pull.plan(known: known, isFresh: isFresh)
            let files = try pull.run(progress)
            try publish()
            partials += pull.partials
            return try pull.taken(files)
        } catch {
            try? lanes.whole.finish()
            try? lanes.parts.finish()
            batch.abandon()
            throw error
        }
    }
}

/// One pull from a mirror on another machine.
private struct RemotePull {
    private enum Origin {
        case stored(StoredFile)
        case partial(PulledFile, confirmed: Set<Int>)
        /// The same bytes as another file of the model, by its place.
        case twin(Int)
    }

    let writer: StoreWriter
    let model: RemoteModel
    let source: any PartSource
    let mirror: String
    let cutter: SegmentCutter
    private var origins: [Origin] = []

    init(
        writer: StoreWriter, model: RemoteModel, source: any PartSource, mirror: String,
        cutter: @escaping SegmentCutter
    ) {
        self.writer = writer
        self.model = model
        self.source = source
        self.mirror = mirror
        self.cutter = cutter
    }

    var partials: [PulledFile] {
        origins.compactMap { if case .partial(let partial, _) = $0 { partial } else { nil } }
    }

    /// Says of each file where its bytes come from.
    mutating func plan(known: KnownFiles, isFresh: Bool) throws(StoreError) {
        var known = known
        if !isFresh { try known.look(for: model, in: writer.store) }
        var first: [String: Int] = [:]
        for (index, file) in model.files.enumerated() {
            if file.size == 0 {
                if case .sha256(let digest) = file.claim, digest != ContentDigest(of: []) {
                    throw .failedDigest(
                        mirror: mirror, file: file.path, stated: digest.description, found: "an empty file")
                }
                origins.append(
                    .stored(StoredFile(path: file.path, size: 0, digest: ContentDigest(of: []), segments: [])))
            } else if !isFresh, let stored = known.find(file, in: writer.store) {
                origins.append(.stored(stored))
            } else if file.claim != nil, let twin = first[file.contentKey] {
                origins.append(.twin(twin))
            } else {
                let key =
                    file.claim != nil
                    ? file.contentKey
                    : [mirror, model.repository, model.commit ?? "", file.path, file.contentKey].joined(separator: "\n")
                let partial = try PulledFile(key: key, size: file.size, in: writer.store)
                origins.append(.partial(partial, confirmed: partial.confirmedChunks()))
                first[file.contentKey] = index
            }
        }
    }

    /// Fetches and checks what is missing.
    mutating func run(_ progress: (Int, Int) -> Void) throws(StoreError) -> [StoredFile] {
        let total = model.files.reduce(0) { $0 + $1.size }
        var parts: [Part] = []
        for (index, origin) in origins.enumerated() {
            guard case .partial(let partial, let confirmed) = origin else { continue }
            let missing = (0..<partial.chunkCount).filter { !confirmed.contains($0) }
            parts += Part.covering(missing, of: partial.size, file: index)
        }
        let downloads = Downloads(parts, of: model.files, from: source)
        defer { downloads.stop() }
        var files: [StoredFile] = []
        var done = 0
        for (index, file) in model.files.enumerated() {
            switch origins[index] {
            case .stored(let stored):
                files.append(stored.moved(to: file.path))
                done += file.size
                progress(done, total)
            case .twin(let twin):
                files.append(files[twin].moved(to: file.path))
                done += file.size
                progress(done, total)
            case .partial(let partial, let confirmed):
                files.append(
                    try take(file, partial, confirmed, downloads) { count in
                        done += count
                        progress(done, total)
                    })
            }
        }
        return files
    }

    /// What is to become of the model: files, inputs of its derivation, licences.
    func taken(_ files: [StoredFile]) throws(StoreError) -> TakenModel {
        var notes: [ExactString: [UInt8]] = [:]
        for file in files where Licences.isNote(file.path) && file.size <= ArchiveListing.maximumNoteSize {
            let bytes = try writer.store.open(file)
            notes[ExactString(file.path)] = bytes.array(0..<file.size)
        }
        return StoreWriter.taken(files, archive: nil, folder: nil, licences: Licences.find(folder: "", notes: notes))
    }

    private func take(
        _ file: RemoteFile, _ partial: PulledFile, _ confirmed: Set<Int>, _ downloads: Downloads,
        progress: (Int) -> Void
    ) throws(StoreError) -> StoredFile {
        var (here, downloads, progress) = (confirmed, downloads, progress)
        var isOwn = false
        defer { if isOwn { downloads.stop() } }
        for round in 0... {
            let ingest = try ingest(file, partial, here, downloads, progress)
            let outcome = try ingest.finish()
            guard let found = mismatch(file, outcome) else {
                if round > 0 || !here.isEmpty, let recut = try recut(file, partial) { return recut }
                try ingest.adopt(into: writer.batch)
                return StoredFile(
                    path: file.path, size: file.size, digest: outcome.digest, segments: outcome.segments)
            }
            let wrong = round < 3 ? try wrongChunks(file, partial, here, round: round) : []
            guard !wrong.isEmpty else {
                partial.remove()
                throw .failedDigest(mirror: mirror, file: file.path, stated: found.stated, found: found.received)
            }
            try partial.forget(wrong)
            if isOwn { downloads.stop() }
            here = Set(0..<partial.chunkCount).subtracting(wrong)
            isOwn = true
            downloads = Downloads(
                Part.covering(wrong.sorted(), of: file.size, file: 0), of: [file], from: source)
            progress = { _ in }
        }
        preconditionFailure("the last round returns or throws")
    }

    private func ingest(
        _ file: RemoteFile, _ partial: PulledFile, _ here: Set<Int>, _ downloads: Downloads,
        _ progress: (Int) -> Void
    ) throws(StoreError) -> PartialIngest {
        var needsGitBlob = false
        if case .gitBlob = file.claim { needsGitBlob = true }
        let ingest = try PartialIngest(
            path: file.path, partial: partial, needsGitBlob: needsGitBlob, cutter: cutter, lanes: writer.lanes,
            batch: writer.batch)
        for index in 0..<partial.chunkCount {
            if here.contains(index) {
                guard let (chunk, place) = partial.read(index) else {
                    throw .sourceChanged(path: partial.folder)
                }
                try ingest.append(chunk, at: place)
                progress(chunk.bytes.count)
            } else {
                let chunk = try downloads.next()
                try ingest.append(chunk, at: nil)
                progress(chunk.bytes.count)
            }
        }
        return ingest
    }

    /// Cuts the file anew when it was cut by wrong bytes, or by another version of the program; nil when all is well.
    private func recut(_ file: RemoteFile, _ partial: PulledFile) throws(StoreError) -> StoredFile? {
        var head: [UInt8] = []
        var plan = cutter(file.path, SegmentedBytes([]), file.size)
        while case .needsHead(let count) = plan, count > head.count, head.count < file.size,
            min(count, file.size) <= FileIngest.maximumHead
        {
            while head.count < min(count, file.size) {
                guard let (chunk, _) = partial.read(head.count / PulledFile.chunkSize) else {
                    throw .sourceChanged(path: partial.folder)
                }
                head += chunk.bytes
            }
            plan = cutter(file.path, SegmentedBytes([ByteStorage(copying: head)]), file.size)
        }
        var cuts: [Int] = []
        if case .cut(let offsets) = plan { cuts = Set(offsets.filter { $0 > 0 && $0 < file.size }).sorted() }
        if cuts == partial.cuts { return nil }
        let ingest = try writer.ingest(file.path, size: file.size, cutter: cutter)
        for index in 0..<partial.chunkCount {
            guard let (chunk, _) = partial.read(index) else { throw .sourceChanged(path: partial.folder) }
            try ingest.append(chunk.bytes)
        }
        return try ingest.finish()
    }

    private func mismatch(_ file: RemoteFile, _ outcome: PartialIngest.Outcome) -> (stated: String, received: String)? {
        switch file.claim {
        case .sha256(let digest) where digest != outcome.digest: (digest.description, outcome.digest.description)
        case .gitBlob(let hex) where hex != outcome.gitBlob: ("git:\(hex)", "git:\(outcome.gitBlob)")
        default: nil
        }
    }

    /// Which chunks to fetch again: those that differ from the mirror's own list, else those of an earlier pull, which
    /// may have come from a mirror that lied.
    private func wrongChunks(
        _ file: RemoteFile, _ partial: PulledFile, _ here: Set<Int>, round: Int
    ) throws(StoreError) -> [Int] {
        if let digests = try source.chunkDigests(file), digests.count == partial.chunkCount {
            return digests.indices.filter { index in
                guard let (chunk, _) = partial.read(index) else { return true }
                return ContentDigest(of: chunk.bytes) != digests[index]
            }
        }
        return round == 0 ? here.sorted() : []
    }
}
