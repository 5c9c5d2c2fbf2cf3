import Foundation
import Synchronization
import Testing
import ZooBase

@testable import ZooStore

/// A store in a folder of its own, removed when the value goes.
final class TemporaryStore: Sendable {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-store-\(UUID())").path
    let notices = Mutex<[String]>([])

    init() throws { try FilePaths.makeFolder(folder) }
    deinit { try? FilePaths.remove(folder) }

    var home: String { folder + "/home" }
    var store: Store { Store(home: home, access: .readWrite) { [self] line in notices.withLock { $0.append(line) } } }
    func path(_ name: String) -> String { folder + "/" + name }

    /// A file in the folder, with the folders above it.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        try FilePaths.makeFolder(FilePaths.parent(of: path(name)))
        try AtomicFile.write(bytes, to: path(name))
    }

    /// Replaces what is at a path, which is where the registry keeps it.
    func overwrite(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Heals once; nothing may be left, and nothing may have failed.
    @discardableResult
    func heal() throws -> [String] {
        let healing = try store.quarantine(try store.verify().problems)
        #expect(healing.failures.isEmpty)
        #expect(try store.verify().problems.isEmpty)
        return healing.healed
    }

    /// Commits a version of `name` with one file that holds `text`.
    @discardableResult
    func commit(_ text: String, as name: String, parents: [ModelVersion] = []) throws -> StoreWriter.Commit {
        let writer = try store.writer()
        let file = try writer.add("model.bin", bytes: Array(text.utf8))
        return try writer.commit(Self.manifest([file], parents: parents), as: try ModelName(name))
    }

    static func manifest(_ files: [StoredFile], parents: [ModelVersion] = []) -> Manifest {
        Manifest(
            files: files, licences: [Licence(name: "MIT", source: .card)],
            derivation: Derivation(
                operation: "import", parents: parents.map(\.manifest),
                inputs: files.map { Derivation.Input(role: "file", digest: $0.digest) }, numericsVersion: 1))
    }

    /// Everything under the home folder but what a failed writer may leave behind: the path and the bytes.
    func visible() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        guard FilePaths.isFolder(home) else { return files }
        for file in try FilePaths.listRecursively(home)
        where !file.hasPrefix("blobs/") && !file.hasPrefix("catalog") && !file.hasSuffix(".tmp") && file != "lock" {
            files[file] = try FilePaths.read(home + "/" + file)
        }
        return files
    }
}

/// Bytes that do not repeat, the same for the same seed.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
}
