import Glibc
public import ZooBase

/// Work in progress that can be taken up again: `runs/<id>/` with `run.json`, `events.jsonl` and state files.
public struct Runs: Sendable {
    /// What is known of a run without taking it.
    public struct Summary: Sendable {
        /// Its identifier.
        public let id: String
        /// Whether a living process works on it.
        public let isLive: Bool
        /// When it began, UTC, as in RFC 3339.
        public let began: String
        /// What its maker wrote about it.
        public let about: JSON
        /// Bytes of its files.
        public let size: Int
    }

    let store: Store

    /// Begins a run and takes it.
    ///
    /// - Parameters:
    ///   - manifests: what must stay in the store while the run exists.
    ///   - about: whatever is needed to take it up again.
    public func create(needing manifests: [ContentDigest], about: JSON) throws(StoreError) -> Run {
        try store.makeFolders()
        let began = Clock.now()
        let day = began.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.prefix(12)
        while true {
            let unique = String(UInt32.random(in: 46_656..<1_679_616), radix: 36)
            let id = String(decoding: day, as: UTF8.self) + "-" + unique
            let folder = FilePaths.join(store.layout.runs, id)
            guard mkdir(folder, 0o755) == 0 else {
                if errno == EEXIST { continue }
                throw .file(FileError("make folder", folder))
            }
            let run = try Run(id: id, path: folder)
            try run.write(
                "run.json",
                json: ["about": about, "began": .string(began), "needs": .array(manifests.map { .string($0.hex) })])
            try io { () throws(FileError) in try AtomicFile.syncFolder(of: folder) }
            return run
        }
    }

    /// Takes an existing run.
    ///
    /// - Throws: `StoreError.unknownRun`, `.runIsLive`.
    public func open(_ id: String) throws(StoreError) -> Run {
        try store.requireWritable()
        return try Run(id: id, path: try folder(id))
    }

    /// The runs, oldest first.
    public func list() throws(StoreError) -> [Summary] {
        var runs: [Summary] = []
        for id in try ids() {
            let folder = FilePaths.join(store.layout.runs, id)
            let json = (try? read(id)) ?? .null
            var size = 0
            for file in (try? FilePaths.listRecursively(folder)) ?? [] {
                size += (try? FilePaths.size(of: FilePaths.join(folder, file))) ?? 0
            }
            runs.append(
                Summary(
                    id: id, isLive: Lock.isHeld(FilePaths.join(folder, "lock")), began: json["began"]?.string ?? "",
                    about: json["about"] ?? .null, size: size))
        }
        return runs
    }

    /// Removes a run and its state.
    ///
    /// - Throws: `StoreError.unknownRun`, `.runIsLive`.
    public func remove(_ id: String) throws(StoreError) {
        let run = try open(id)
        try io { () throws(FileError) in try FilePaths.remove(run.path) }
    }

    /// The manifests that runs need, with the run that needs each.
    func needs() throws(StoreError) -> [(manifest: ContentDigest, run: String)] {
        var needed: [(manifest: ContentDigest, run: String)] = []
        for id in try ids() {
            for item in try read(id)["needs"]?.array ?? [] {
                if let digest = item.string.flatMap({ ContentDigest(hex: $0) }) { needed.append((digest, id)) }
            }
        }
        return needed
    }

    /// What a run wrote as JSON; null when there is no such file.
    ///
    /// - Throws: `StoreError.damaged`.
    public func read(_ id: String, _ name: String = "run.json") throws(StoreError) -> JSON {
        let path = FilePaths.join(FilePaths.join(store.layout.runs, id), name)
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path) } catch {
            // A run that was stopped before its first file was written needs nothing.
            if error.code == ENOENT { return .null }
            throw .file(error)
        }
        return try SealedJSON.read(bytes, context: Run.context(id, name), unsealed: Run.unsealedMembers, path: path)
    }

    private func ids() throws(StoreError) -> [String] {
        try FilePaths.listIfPresent(store.layout.runs).filter {
            !$0.hasPrefix(".") && FilePaths.isFolder(FilePaths.join(store.layout.runs, $0))
        }
    }

    private func folder(_ id: String) throws(StoreError) -> String {
        let ids = try ids()
        guard ids.contains(id) else { throw .unknownRun(id: id, existing: ids) }
        return FilePaths.join(store.layout.runs, id)
    }
}

/// A run in the hands of this process; others see it as live until this value goes.
public final class Run: Sendable {
    /// Its identifier.
    public let id: String
    /// Its folder.
    public let path: String
    private let lock: Lock

    init(id: String, path: String) throws(StoreError) {
        self.id = id
        self.path = path
        do { lock = try Lock(FilePaths.join(path, "lock"), .exclusive, what: "run \(id) is in use", seconds: 0) } catch
        {
            if case .locked = error { throw .runIsLive(id: id) }
            throw error
        }
    }

    /// Writes a state file, which appears whole or not at all.
    public func write(_ name: String, _ bytes: [UInt8]) throws(StoreError) {
        try io { () throws(FileError) in try AtomicFile.write(bytes, to: FilePaths.join(path, name)) }
    }

    /// The bytes of a state file; nil when there is none of that name.
    public func read(_ name: String) throws(StoreError) -> [UInt8]? {
        do { return try FilePaths.read(FilePaths.join(path, name), limit: .max) } catch {
            if error.code == ENOENT { return nil }
            throw .file(error)
        }
    }

    /// What its maker wrote about it.
    public func about() throws(StoreError) -> JSON {
        let file = FilePaths.join(path, "run.json")
        guard let bytes = try read("run.json"),
            let about = try SealedJSON.read(
                bytes, context: Self.context(id, "run.json"), unsealed: Self.unsealedMembers, path: file)["about"]
        else {
            throw .damaged(path: file, reason: "not the description of a run")
        }
        return about
    }

    /// Writes a JSON object with a check value, which appears whole or not at all.
    public func write(_ name: String, json: JSON) throws(StoreError) {
        try write(name, Array((SealedJSON.text(json, context: Self.context(id, name)) + "\n").utf8))
    }

    static let unsealedMembers: Set<String> = ["about", "began", "needs", "step", "steps"]
    static func context(_ id: String, _ name: String) -> String { "\(id) \(name)" }

    /// Adds a line to `events.jsonl`.
    public func append(_ event: JSON) throws(StoreError) {
        let file = FilePaths.join(path, "events.jsonl")
        let line = Array((event.text(.compact) + "\n").utf8)
        try io { () throws(FileError) in
            let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw FileError("open", file) }
            defer { close(descriptor) }
            try WholeWrite.all(line, to: descriptor, path: file)
        }
    }

    /// The events, oldest first; a last line cut short by a kill is left out.
    public func events() throws(StoreError) -> [JSON] {
        try (read("events.jsonl") ?? []).split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONParser.parse(Array($0))
        }
    }

    /// Removes the run and its state; nothing else may be done with it.
    public func remove() throws(StoreError) { try io { () throws(FileError) in try FilePaths.remove(path) } }
}

extension Store {
    /// The runs.
    public var runs: Runs { Runs(store: self) }
}
