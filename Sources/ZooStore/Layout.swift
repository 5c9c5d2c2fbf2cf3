import Glibc
import ZooBase

/// Where things lie under the home folder.
struct Layout: Sendable {
    let home: String

    var blobs: String { home + "/blobs/sha256" }
    var manifests: String { home + "/manifests/sha256" }
    var refs: String { home + "/refs" }
    var records: String { home + "/records" }
    var logs: String { home + "/logs" }
    var mirrors: String { home + "/mirrors" }
    var partial: String { home + "/partial" }
    var runs: String { home + "/runs" }
    var cache: String { home + "/cache" }
    var index: String { home + "/catalog.sqlite" }
    var lock: String { home + "/lock" }
    var turn: String { home + "/turn" }
    var quarantine: String { home + "/quarantine" }

    func blob(_ digest: ContentDigest) -> String {
        let hex = digest.hex
        return "\(blobs)/\(hex.prefix(2))/\(hex)"
    }
    func manifest(_ digest: ContentDigest) -> String { "\(manifests)/\(digest.hex)" }
    func versions(_ name: ModelName) -> String { "\(refs)/\(name.escaped)/versions" }
    func aliases(_ name: ModelName) -> String { "\(refs)/\(name.escaped)/aliases" }
    func records(_ manifest: ContentDigest) -> String { "\(records)/\(manifest.hex)" }
    func log(_ name: ModelName) -> String { "\(logs)/\(name.escaped).jsonl" }
}

extension FilePaths {
    /// Makes the folder at `path` and those above it where missing, so that they survive a loss of power.
    static func makeDurableFolder(_ path: String) throws(FileError) {
        if path.isEmpty || isFolder(path) { return }
        let parent = parent(of: path)
        if parent != path { try makeDurableFolder(parent) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileError("make folder", path) }
        try AtomicFile.syncFolder(of: path)
    }

    /// The names in the folder at `path`; none when there is no such folder, or something else is in its place.
    static func listIfPresent(_ path: String) throws(StoreError) -> [String] {
        do { return try list(path) } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return [] }
            throw .file(error)
        }
    }

    /// The same; of a folder that the system does not let be read `failed` is told, and unless that throws, nothing is in
    /// it.
    static func listIfPresent(
        _ path: String, unless failed: (_ path: String, StoreError) throws(StoreError) -> Void
    ) throws(StoreError) -> [String] {
        do throws(StoreError) { return try listIfPresent(path) } catch {
            try failed(path, error)
            return []
        }
    }

    /// Makes the file at `path` with `bytes`, durable, unless something has that name already; whole or not at all.
    static func createExclusively(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(StoreError) -> Bool {
        let temporary = join(parent(of: path), ".\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp")
        try io { () throws(FileError) in try AtomicFile.write(bytes, to: temporary, mode: mode) }
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw .file(FileError("create", path))
        }
        try io { () throws(FileError) in try AtomicFile.syncFolder(of: path) }
        return true
    }
}
