import Glibc
import ZooBase

/// Names, version numbers and aliases on disk: one digest a file.
///
/// The truth behind the index.
struct Refs: Sendable {
    let store: Store
    private var layout: Layout { store.layout }

    /// Every model name, sorted.
    func names() throws(StoreError) -> [ModelName] {
        try FilePaths.listIfPresent(layout.refs).compactMap { ModelName(escaped: $0) }.sorted()
    }

    /// The version numbers of `name`, ascending.
    func numbers(_ name: ModelName) throws(StoreError) -> [Int] {
        try FilePaths.listIfPresent(layout.versions(name)).compactMap { Self.number($0) }.sorted()
    }

    /// The aliases of `name`, sorted.
    func aliases(_ name: ModelName) throws(StoreError) -> [AliasName] {
        try FilePaths.listIfPresent(layout.aliases(name)).compactMap { AliasName(stored: $0) }.sorted()
    }

    /// The manifest of version `number`; nil when there is no such version.
    func version(_ name: ModelName, _ number: Int) throws(StoreError) -> ContentDigest? {
        try digest("\(layout.versions(name))/\(number)")
    }

    /// The number an alias points at; nil when there is no such alias.
    func alias(_ name: ModelName, _ alias: AliasName) throws(StoreError) -> Int? {
        let path = "\(layout.aliases(name))/\(alias)"
        guard let (digest, _) = try content(path) else { return nil }
        // An alias holds a digest; the highest version that is this manifest is meant. It may be one that can be read.
        var failure: StoreError?
        for number in try numbers(name).reversed() {
            do throws(StoreError) { if try version(name, number) == digest { return number } } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? .damaged(path: path, reason: "the alias points at a manifest that is no version of \(name)")
    }

    /// Whether the file of an alias says that it is protected; the log says so too, and for those of 0.2 only the log.
    func statesProtection(_ name: ModelName, _ alias: AliasName) throws(StoreError) -> Bool {
        try content("\(layout.aliases(name))/\(alias)")?.isProtected ?? false
    }

    /// Gives `manifest` the next number of `name`, unless one of its versions is this manifest.
    func add(_ manifest: ContentDigest, to name: ModelName) throws(StoreError) -> (ModelVersion, wasNew: Bool) {
        let folder = layout.versions(name)
        try io { () throws(FileError) in try FilePaths.makeDurableFolder(folder) }
        // A process that commits the same manifest at the same time must find this one's version, not add another.
        let lock = try Lock(folder, .exclusive, what: "another zoo command is adding a version to \(name)")
        defer { withExtendedLifetime(lock) {} }
        if let version = try find(manifest, in: name) {
            // Who made it may have been killed before it was durable.
            try io { () throws(FileError) in try AtomicFile.syncFolder(of: "\(folder)/\(version.number)") }
            return (version, false)
        }
        let given = try numbers(name) + store.log(name).removedNumbers()
        let bytes = Array((manifest.description + "\n").utf8)
        var number = given.reduce(0, max)
        repeat {
            number += 1
            guard Self.numbers.contains(number) else {
                throw .damaged(path: folder, reason: "the numbers of versions end at \(Self.numbers.upperBound)")
            }
        } while try !FilePaths.createExclusively("\(folder)/\(number)", bytes)
        return (ModelVersion(name: name, number: number, manifest: manifest), true)
    }

    /// The version of `name` that is this manifest; nil when there is none.
    func find(_ manifest: ContentDigest, in name: ModelName) throws(StoreError) -> ModelVersion? {
        for number in try numbers(name) where try version(name, number) == manifest {
            return ModelVersion(name: name, number: number, manifest: manifest)
        }
        return nil
    }

    /// Points `alias` at `version`, protected or not.
    func set(_ alias: AliasName, to version: ModelVersion, isProtected: Bool) throws(StoreError) {
        let folder = layout.aliases(version.name)
        let line = version.manifest.description + (isProtected ? Self.protection : "") + "\n"
        try io { () throws(FileError) in
            try FilePaths.makeDurableFolder(folder)
            try AtomicFile.write(Array(line.utf8), to: "\(folder)/\(alias)")
        }
        try endAnnouncement(of: alias, of: version.name)
    }

    /// Takes away what `announce` made, if it is there: the alias is.
    func endAnnouncement(of alias: AliasName, of name: ModelName) throws(StoreError) {
        let announcement = announcement(of: alias, of: name)
        guard FilePaths.exists(announcement) else { return }
        try io { () throws(FileError) in
            try FilePaths.remove(announcement)
            try AtomicFile.syncFolder(of: announcement)
        }
    }

    /// Says that an alias that is not there is about to be set: until its file is there, it is not lost but was never
    /// written.
    func announce(_ alias: AliasName, of name: ModelName) throws(StoreError) {
        try io { () throws(FileError) in try AtomicFile.write([], to: announcement(of: alias, of: name)) }
    }

    /// The file that `announce` makes.
    func announcement(of alias: AliasName, of name: ModelName) -> String {
        "\(layout.aliases(name))/.\(alias).making"
    }

    /// Takes the ref of a version away, if it is there; the model's name goes with its last version.
    func remove(_ name: ModelName, _ number: Int) throws(StoreError) {
        let folder = layout.versions(name)
        let path = "\(folder)/\(number)"
        guard FilePaths.isFolder(folder) else { return }
        try io { () throws(FileError) in
            try FilePaths.remove(path)
            try AtomicFile.syncFolder(of: path)
        }
        if try numbers(name).isEmpty {
            try io { () throws(FileError) in
                try FilePaths.remove(FilePaths.parent(of: folder))
                try AtomicFile.syncFolder(of: FilePaths.parent(of: folder))
            }
        }
    }

    private func digest(_ path: String) throws(StoreError) -> ContentDigest? {
        guard let (digest, isProtected) = try content(path) else { return nil }
        if isProtected { throw .damaged(path: path, reason: "expected one digest") }
        return digest
    }

    /// What stands behind the digest in the file of a protected alias.
    private static let protection = " protected"

    private func content(_ path: String) throws(StoreError) -> (digest: ContentDigest, isProtected: Bool)? {
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path, limit: 4096) } catch {
            if error.code == ENOENT { return nil }
            if error.code == EFBIG { throw .damaged(path: path, reason: "expected one digest") }
            throw .file(error)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let isProtected = text.hasSuffix(Self.protection + "\n")
        guard text.hasPrefix("sha256:"), text.hasSuffix("\n"),
            let digest = ContentDigest(
                hex: text.dropFirst(7).dropLast(isProtected ? Self.protection.utf8.count + 1 : 1))
        else { throw .damaged(path: path, reason: "expected one digest") }
        return (digest, isProtected)
    }

    /// The numbers that a version can have: a file of another name is none, so that no sum of them overflows.
    static let numbers = 1...1_000_000_000

    /// The number in the name of a version's file.
    static func number(_ name: String) -> Int? {
        guard let number = Int(name), numbers.contains(number), String(number) == name else { return nil }
        return number
    }
}

extension Store {
    var refs: Refs { Refs(store: self) }
}
