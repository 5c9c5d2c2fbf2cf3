import ZooBase

/// What an archive holds, with everything refused that could do harm or cannot be what it says.
struct ArchiveListing {
    /// The most entries an archive may have.
    static let maximumEntries = 100_000
    /// How many times larger than the archive its content may be (beyond the first `freeBytes`).
    static let maximumRatio = 250
    static let freeBytes = 64 << 20
    /// The largest card, licence or package description that is read while listing.
    static let maximumNoteSize = 1 << 20

    /// Declared sizes of the files, by path.
    let sizes: [ExactString: Int?]
    /// Links to files in the archive: path of the link to path of the file.
    let links: [ExactString: String]
    /// Cards, licences and package descriptions: path to bytes.
    let notes: [ExactString: [UInt8]]
    /// What a wheel states of its files.
    let record: WheelRecord?

    /// Lists the archive at `path`.
    ///
    /// - Throws: `StoreError.hostileEntry`, `.unreadableArchive`, `.file`.
    init(_ path: String) throws(StoreError) {
        let reader = try ArchiveReader(path)
        let limit = try Self.contentLimit(path)
        var sizes: [ExactString: Int?] = [:]
        var links: [ExactString: (target: String, isSymbolic: Bool)] = [:]
        var folders: Set<ExactString> = []
        var notes: [ExactString: [UInt8]] = [:]
        var record: WheelRecord?
        var total = 0
        var count = 0
        func refuse(_ entry: String, _ reason: String) -> StoreError {
            .hostileEntry(archive: path, entry: entry, reason: reason)
        }
        while let entry = try reader.next() {
            count += 1
            guard count <= Self.maximumEntries else {
                throw refuse(entry.name, "is one of more than \(Self.maximumEntries)")
            }
            let parts = try Self.parts(of: entry.name, archive: path)
            if parts.isEmpty { continue }
            let name = ExactString(parts.joined(separator: "/"))
            if entry.kind != .folder, sizes[name] != nil || links[name] != nil {
                throw refuse(entry.name, "has the name of another entry")
            }
            switch entry.kind {
            case .folder: folders.insert(name)
            case .other: throw refuse(entry.name, "is a device, pipe or socket")
            case .symbolicLink(let target):
                let from = parts.dropLast().joined(separator: "/")
                guard let resolved = Self.resolve(target, from: from) else {
                    throw refuse(entry.name, "is a link that leaves the archive")
                }
                links[name] = (resolved, true)
            case .hardLink(let target):
                guard let resolved = Self.resolve(target, from: "") else {
                    throw refuse(entry.name, "is a link that leaves the archive")
                }
                links[name] = (resolved, false)
            case .file:
                let (sum, overflow) = total.addingReportingOverflow(max(0, entry.size ?? 0))
                guard !overflow, sum <= limit else { throw refuse(entry.name, Self.bombReason) }
                total = sum
                sizes[name] = .some(entry.size)
                func bytes(limit: Int) throws(StoreError) -> [UInt8] {
                    var bytes: [UInt8] = []
                    try reader.read { (chunk) throws(StoreError) in
                        guard bytes.count + chunk.count <= limit else {
                            throw refuse(entry.name, "is longer than the archive says")
                        }
                        bytes += chunk
                    }
                    return bytes
                }
                if Licences.isNote(name.text), (entry.size ?? .max) <= Self.maximumNoteSize {
                    notes[name] = try bytes(limit: Self.maximumNoteSize)
                } else if WheelRecord.isRecord(name.text, in: path) {
                    record = WheelRecord(try bytes(limit: WheelRecord.maximumSize))
                    if record == nil { throw refuse(entry.name, "states a SHA-256 that is none") }
                }
            }
        }
        let names = sizes.keys.map(\.text) + links.keys.map(\.text)
        var seen: Set<ExactString> = []
        for name in names {
            var parent = ModelFolders.parent(name)
            while !parent.isEmpty, seen.insert(ExactString(parent)).inserted {
                if sizes[ExactString(parent)] != nil || links[ExactString(parent)] != nil {
                    throw refuse(name, "lies inside an entry that is not a folder")
                }
                parent = ModelFolders.parent(parent)
            }
            if folders.contains(ExactString(name)) { throw refuse(name, "has the name of another entry") }
        }
        var resolved: [ExactString: String] = [:]
        for name in links.keys.sorted() {
            var target = links[name]!.target
            var steps = 0
            while let next = links[ExactString(target)], steps < 16 {
                target = next.target
                steps += 1
            }
            if sizes[ExactString(target)] != nil { resolved[name] = target }
        }
        self.sizes = sizes
        self.links = resolved
        self.notes = notes
        self.record = record
    }

    static let bombReason = "makes the content absurdly larger than the archive, as a decompression bomb does"

    /// The most bytes that the files of the archive at `path` may have together.
    static func contentLimit(_ path: String) throws(StoreError) -> Int {
        let size = try io { () throws(FileError) in try FilePaths.size(of: path) }
        // A sparse file may be as large as it likes.
        let (limit, overflow) = size.multipliedReportingOverflow(by: maximumRatio)
        return overflow ? Int.max : max(limit, limit &+ freeBytes)
    }

    /// Every file and link to a file, sorted by bytes.
    var paths: [String] { (Array(sizes.keys) + Array(links.keys)).sorted().map(\.text) }

    /// The declared size of the file or the link's file at `path`; 0 when it is not declared.
    func size(_ path: String) -> Int { (sizes[ExactString(links[ExactString(path)] ?? path)] ?? nil) ?? 0 }

    /// The parts of an entry's name without empty and `.` parts.
    static func parts(of name: String, archive: String) throws(StoreError) -> [Substring] {
        let reason: String?
        let parts = name.split(separator: "/").filter { $0 != "." }
        if name.hasPrefix("/") {
            reason = "has an absolute path"
        } else if parts.contains("..") {
            reason = "has a path with \"..\""
        } else if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            reason = "has control characters in its name"
        } else if parts.contains(where: { $0.utf8.count > 255 }) || name.utf8.count > 4096 {
            reason = "has a name too long for a file"
        } else if parts.count > StoredFile.deepestPath {
            reason = "lies too deep in folders"
        } else {
            reason = nil
        }
        if let reason { throw .hostileEntry(archive: archive, entry: name, reason: reason) }
        return parts
    }

    /// Where a link in `folder` leads; nil when it leaves the archive.
    static func resolve(_ target: String, from folder: String) -> String? {
        guard !target.hasPrefix("/"), !target.isEmpty else { return nil }
        var parts = folder.split(separator: "/")
        for part in target.split(separator: "/") where part != "." {
            if part == ".." {
                guard !parts.isEmpty else { return nil }
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}
