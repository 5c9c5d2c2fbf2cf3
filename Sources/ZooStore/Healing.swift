import Glibc
public import ZooBase

extension Store {
    /// Takes damaged files out of the way, into `quarantine/`, and puts right what the store itself can: an alias from the
    /// log, a version's ref from its records, a log without its damaged lines, the index.
    ///
    /// Blobs and manifests are then missing: whoever has the bytes brings them back with a writer. Nothing is thrown away
    /// before the bytes are there.
    ///
    /// - Returns: what was put right, in words.
    public func quarantine(_ problems: [VerificationReport.Problem]) throws(StoreError) -> [String] {
        try makeFolders()
        let lock = try lock(.exclusive)
        defer { withExtendedLifetime(lock) {} }
        var healed: [String] = []
        for problem in problems {
            let path = FilePaths.join(home, problem.path)
            switch problem.kind {
            case .blob(_, _, let isMissing), .manifest(_, let isMissing):
                if !isMissing { try setAside(path) }
            case .record, .stray, .run: break
            case .log(let name):
                let salvaged = try log(name).salvage()
                try keep(path)
                try log(name).replace(with: salvaged.good)
                try log(name).append("repaired", ["number": .integer(try highestNumber(name))])
                healed.append("\(problem.path): \(salvaged.bad.count) damaged lines are left out")
            case .reference:
                if let words = try restoreReference(path) { healed.append("\(problem.path): \(words)") }
            case .index: continue
            }
        }
        if problems.contains(where: { $0.kind == .index || $0.kind == .reference }) {
            try rebuildIndex()
            healed.append("catalog.sqlite: made anew")
        }
        return healed
    }

    /// Moves a file into `quarantine/`.
    private func setAside(_ path: String) throws(StoreError) {
        guard FilePaths.exists(path) else { return }
        let target = try quarantinePath(path)
        guard rename(path, target) == 0 else { throw .file(FileError("rename to", target)) }
        try io { () throws(FileError) in
            try AtomicFile.syncFolder(of: target)
            try AtomicFile.syncFolder(of: path)
        }
    }

    /// Copies a file into `quarantine/`.
    private func keep(_ path: String) throws(StoreError) {
        let target = try quarantinePath(path)
        try io { () throws(FileError) in try AtomicFile.write(try FilePaths.read(path), to: target) }
    }

    private func quarantinePath(_ path: String) throws(StoreError) -> String {
        try io { () throws(FileError) in try FilePaths.makeDurableFolder(layout.quarantine) }
        var name = path.dropFirst(home.utf8.count + 1).split(separator: "/").joined(separator: "-")
        while FilePaths.exists(FilePaths.join(layout.quarantine, name)) { name += "+" }
        return FilePaths.join(layout.quarantine, name)
    }

    private func highestNumber(_ name: ModelName) throws(StoreError) -> Int {
        let logged = try log(name).entries().compactMap { $0["number"]?.integer }
        return (try refs.numbers(name) + logged).reduce(0, max)
    }

    /// Writes the ref of a version or an alias anew; what was done, nil when nothing says where it pointed.
    private func restoreReference(_ path: String) throws(StoreError) -> String? {
        let folder = FilePaths.parent(of: path)
        guard let name = ModelName(escaped: FilePaths.name(of: FilePaths.parent(of: folder))) else { return nil }
        let last = FilePaths.name(of: path)
        if FilePaths.name(of: folder) == "versions" {
            guard let number = Int(last), let manifest = try recordedManifest(of: "\(name)@\(number)") else {
                return nil
            }
            try setAside(path)
            try io { () throws(FileError) in try AtomicFile.write(Array("\(manifest)\n".utf8), to: path) }
            return "is sha256:\(manifest.short) again, as its records say"
        }
        let alias = try AliasName(last)
        let moves = try log(name).salvage().good.filter { $0["alias"]?.string == alias.text }
        guard let number = moves.last?["number"]?.integer, let manifest = try refs.version(name, number) else {
            return nil
        }
        try setAside(path)
        try refs.set(alias, to: ModelVersion(name: name, number: number, manifest: manifest))
        return "points at \(name)@\(number) again, as the log says"
    }

    /// The manifest whose records say that it is `version`.
    private func recordedManifest(of version: String) throws(StoreError) -> ContentDigest? {
        for text in try FilePaths.listIfPresent(layout.records) {
            guard let digest = ContentDigest(hex: text), let created = try? records.list(digest, kind: "created"),
                created.contains(where: { $0.body["version"]?.string == version })
            else { continue }
            if (try? manifest(digest)) != nil { return digest }
        }
        return nil
    }
}

extension StoreWriter {
    /// Writes a manifest that is missing, if `manifest` is the one of this digest; whether it is.
    public func restore(_ manifest: Manifest, as digest: ContentDigest) throws(StoreError) -> Bool {
        let bytes = Array(manifest.json.text(.canonical).utf8)
        guard ContentDigest(of: bytes) == digest else { return false }
        try publish()
        try io { () throws(FileError) in
            try AtomicFile.write(bytes, to: store.layout.manifest(digest), mode: 0o444)
        }
        return true
    }
}
