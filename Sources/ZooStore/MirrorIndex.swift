public import ZooBase

/// `index.json`: what a static mirror holds, so that any web server will do.
public struct MirrorIndex: Sendable, JSONRepresentable {
    /// The value of its member `format`.
    public static let format = "zoo mirror 1"
    /// Its name in the mirror's folder.
    public static let fileName = "index.json"
    /// The folder beside it that holds lists of chunk digests, each named by the SHA-256 of its file.
    public static let chunkFolder = "index.chunks"
    /// A file below this has no list: it is fetched again as a whole.
    static let smallestListed = 4 << 20

    struct Entry: Sendable {
        let name: String
        let folder: String
        let licences: [Licence]
        let files: [RemoteFile]

        var remote: RemoteModel {
            let model = RemoteModel(repository: name, revision: nil, commit: nil, files: files)
            return RemoteModel(
                repository: name, revision: nil, commit: model.identity.hex, files: files)
        }
    }

    let models: [Entry]

    /// Number of models.
    public var modelCount: Int { models.count }
    /// Number of files.
    public var fileCount: Int { models.reduce(0) { $0 + $1.files.count } }
    /// Bytes of all files.
    public var byteCount: Int { models.reduce(0) { $0 + $1.files.reduce(0) { $0 + $1.size } } }

    /// Reads every model folder below `folder` and writes the index and the lists of chunks; the index last, so that a
    /// reader never sees one that says more than there is.
    ///
    /// - Parameters:
    ///   - notice: told what is left out and why.
    ///   - progress: told the bytes read.
    /// - Throws: `StoreError.noFolder`, `.noModel`, `.hostileEntry`, `.sourceChanged`, `.file`.
    public init(
        of folder: String, notice: (String) -> Void = { _ in }, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) {
        guard FilePaths.isFolder(folder) else { throw .noFolder(path: folder) }
        let listing = try FolderMirror(name: "index", path: FilePaths.absolute(folder)).list()
        for problem in listing.problems { notice("left out \(problem.place): \(problem.error.message)") }
        let lists = FilePaths.join(folder, Self.chunkFolder)
        var entries: [Entry] = []
        var done = 0
        for model in listing.models {
            guard case .local(.folder(let path)) = model.contents else {
                notice("left out \(model.place): only folders are served; unpack it")
                continue
            }
            guard model.place != "." else {
                throw .invalidMirror(
                    name: folder, reason: "the model lies in the folder itself; move it into one of its own")
            }
            var files: [RemoteFile] = []
            for file in try io({ () throws(FileError) in try FilePaths.listRecursively(path) }) {
                guard StoredFile.isSafe(file) else {
                    throw .hostileEntry(archive: path, entry: file, reason: "has control characters in its name")
                }
                files.append(
                    try Self.read(FilePaths.join(path, file), as: file, lists: lists) { count in
                        done += count
                        progress(done)
                    })
            }
            entries.append(Entry(name: model.name, folder: model.place, licences: model.licences, files: files))
        }
        guard !entries.isEmpty else { throw .noModel(path: folder) }
        models = entries
        let text = json.text(.pretty) + "\n"
        let path = FilePaths.join(folder, Self.fileName)
        try io { () throws(FileError) in try AtomicFile.write(Array(text.utf8), to: path) }
        // Lists of files that are gone.
        let needed = Set(entries.flatMap(\.files).filter { $0.chunkList != nil }.compactMap(Self.listName))
        for name in try FilePaths.listIfPresent(lists) where !needed.contains(name) {
            try io { () throws(FileError) in try FilePaths.remove(FilePaths.join(lists, name)) }
        }
    }

    private static func listName(_ file: RemoteFile) -> String? {
        if case .sha256(let digest) = file.claim { digest.hex } else { nil }
    }

    private static func read(
        _ path: String, as name: String, lists: String, progress: (Int) -> Void
    ) throws(StoreError) -> RemoteFile {
        let reader = try ChunkReader(path)
        var whole = ContentHasher()
        var list: [UInt8] = []
        var size = 0
        // A read may be short of a chunk; the list counts whole ones.
        var pending: [UInt8] = []
        func closeChunk() {
            list += ContentDigest(of: pending).bytes
            pending = []
        }
        while let piece = try reader.next() {
            whole.update(piece)
            size += piece.count
            progress(piece.count)
            if reader.size >= smallestListed {
                pending += piece
                while pending.count >= PulledFile.chunkSize {
                    let rest = Array(pending[PulledFile.chunkSize...])
                    pending.removeLast(rest.count)
                    closeChunk()
                    pending = rest
                }
            }
        }
        guard size == reader.size else { throw .sourceChanged(path: path) }
        let digest = whole.finalize()
        guard size >= smallestListed else { return RemoteFile(path: name, size: size, claim: .sha256(digest)) }
        if !pending.isEmpty { closeChunk() }
        try io { () throws(FileError) in
            try FilePaths.makeFolder(lists)
            try AtomicFile.write(list, to: FilePaths.join(lists, digest.hex))
        }
        return RemoteFile(path: name, size: size, claim: .sha256(digest), chunkList: ContentDigest(of: list))
    }

    /// Members `format` and `models`: of each `files`, `folder`, `licences`, `name`.
    public var json: JSON {
        .object([
            "format": .string(Self.format),
            "models": .array(
                models.map { entry in
                    .object([
                        "files": .array(
                            entry.files.map { file in
                                .object([
                                    "chunks": file.chunkList.map { .string($0.hex) }, "path": .string(file.path),
                                    "sha256": Self.listName(file).map { .string($0) }, "size": .integer(file.size),
                                ])
                            }), "folder": .string(entry.folder), "licences": .array(entry.licences.map(\.json)),
                        "name": .string(entry.name),
                    ])
                }),
        ])
    }

    /// Reads `json`; nil when it is not of this form.
    init?(json: JSON) {
        guard json["format"]?.string == Self.format, let models = json["models"]?.array else { return nil }
        var entries: [Entry] = []
        for model in models {
            guard let name = model["name"]?.string, let folder = model["folder"]?.string,
                let list = model["files"]?.array
            else { return nil }
            let files = list.compactMap { file -> RemoteFile? in
                guard let path = file["path"]?.string, let size = file["size"]?.integer,
                    let digest = file["sha256"]?.string.flatMap({ ContentDigest(hex: $0) })
                else { return nil }
                return RemoteFile(
                    path: path, size: size, claim: .sha256(digest),
                    chunkList: file["chunks"]?.string.flatMap { ContentDigest(hex: $0) })
            }
            guard files.count == list.count else { return nil }
            entries.append(
                Entry(
                    name: name, folder: folder,
                    licences: model["licences"]?.array?.compactMap { Licence(json: $0) } ?? [], files: files))
        }
        self.models = entries
    }
}

extension ContentDigest {
    /// The 32 bytes.
    fileprivate var bytes: [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: 64, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
        }
    }
}
