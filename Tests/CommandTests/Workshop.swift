import Foundation

/// A folder of its own for one test, gone when the test is: a registry in `home`, data files beside it.
final class Workshop {
    /// What the registry holds at the start.
    enum Start {
        /// Nothing: there is no registry yet.
        case empty
        /// The mirror `lab` and `base@1`, pulled from it.
        case base
        /// Besides, `reviews@1`: `base@1` with a head trained for two steps, the encoder frozen.
        case reviews
    }

    /// The working folder of the commands.
    let folder: URL
    /// The registry.
    var home: URL { folder.appendingPathComponent("home") }

    init(_ start: Start = .empty) throws {
        folder = try Self.newFolder()
        switch start {
        case .empty: break
        case .base: try Prepared.base.get().copy(to: home)
        case .reviews: try Prepared.reviews.get().copy(to: home)
        }
        try Data(Sample.rows(40).utf8).write(to: folder.appendingPathComponent("reviews.csv"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Runs a command and returns what it left.
    func zoo(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws -> Outcome {
        try zoo(arguments, input: input, environment: environment)
    }

    /// Runs a command and returns what it left.
    func zoo(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws -> Outcome {
        try ZooProcess.run(
            arguments, home: home, folder: folder, input: Data(input.utf8), environment: environment)
    }

    /// Runs a command that has to succeed and returns its standard output.
    @discardableResult
    func done(_ arguments: String..., input: String = "") throws -> String {
        let outcome = try zoo(arguments, input: input)
        guard outcome.status == 0 else { throw Failed(arguments: arguments, outcome: outcome) }
        return outcome.standardOutput
    }

    /// Runs a command that has to succeed with `--json` and returns what it printed.
    func json(_ arguments: String...) throws -> JSONText {
        let outcome = try zoo(arguments + ["--json"])
        guard outcome.status == 0 else { throw Failed(arguments: arguments, outcome: outcome) }
        return try JSONText(outcome.standardOutput)
    }

    /// Writes a data file.
    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

    /// Writes a file.
    func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: folder.appendingPathComponent(name)) }

    /// Whether something of this name is in the folder.
    func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
    }

    /// Every path in the registry with its size and the time it was written, but for the index, the locks and the cache,
    /// which may be made again at any time.
    func listing() throws -> [String] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: home.path)
        let isLasting = { (path: String) in
            !path.hasPrefix("catalog.sqlite") && !["lock", "turn", "cache"].contains(path) && !path.hasPrefix("cache/")
        }
        return try paths.filter(isLasting).sorted().map { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: home.appendingPathComponent(path).path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else { return path }
            return "\(path) \(attributes[.size] ?? 0) \(attributes[.modificationDate] ?? "")"
        }
    }

    /// Changes one byte of the registry's largest blob and returns the blob's digest.
    @discardableResult
    func damageLargestBlob() throws -> String {
        let blobs = home.appendingPathComponent("blobs/sha256")
        let files = try FileManager.default.subpathsOfDirectory(atPath: blobs.path).map(blobs.appendingPathComponent)
        let sizes = try files.map { file in
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            return attributes[.type] as? FileAttributeType == .typeRegular ? attributes[.size] as? Int ?? 0 : 0
        }
        let index = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
        var bytes = try Data(contentsOf: files[index])
        bytes[1_000] ^= 0x40
        // The file may be shared with other tests.
        try FileManager.default.removeItem(at: files[index])
        try bytes.write(to: files[index])
        return files[index].lastPathComponent
    }

    fileprivate static func newFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}

/// A command that had to succeed and did not.
struct Failed: Error, CustomStringConvertible {
    let arguments: [String]
    let outcome: Outcome

    var description: String {
        "zoo \(arguments.joined(separator: " ")): status \(outcome.status): \(outcome.standardError)"
    }
}

/// Registries that many tests begin with, made once and copied.
private enum Prepared {
    static let base = Result {
        let workshop = try Workshop()
        try workshop.done("mirror", "add", "lab", Sample.mirror.path)
        try workshop.done("pull", "minilm-l3-compact", "--as", "base")
        return try Kept(workshop)
    }

    static let reviews = Result {
        let workshop = try Workshop(.base)
        try workshop.done(
            "finetune", "base", "--task", "sentiment", "--data", "reviews.csv", "--name", "reviews", "--freeze", "all",
            "--epochs", "1")
        return try Kept(workshop)
    }
}

/// A registry that lives as long as the process does.
private struct Kept: Sendable {
    let home: URL

    init(_ workshop: Workshop) throws {
        let folder = Self.folder.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: workshop.home, to: folder)
        home = folder
    }

    /// Copies it; blobs are never written again, so they are linked.
    func copy(to copy: URL) throws {
        let files = FileManager.default
        for path in try files.subpathsOfDirectory(atPath: home.path) {
            let (from, to) = (home.appendingPathComponent(path), copy.appendingPathComponent(path))
            try files.createDirectory(at: to.deletingLastPathComponent(), withIntermediateDirectories: true)
            if try files.attributesOfItem(atPath: from.path)[.type] as? FileAttributeType == .typeDirectory {
                try files.createDirectory(at: to, withIntermediateDirectories: true)
            } else if path.hasPrefix("blobs/") {
                try files.linkItem(at: from, to: to)
            } else {
                try files.copyItem(at: from, to: to)
            }
        }
    }

    private static let folder: URL = {
        atexit { Kept.remove() }
        return FileManager.default.temporaryDirectory.appendingPathComponent("zoo-test-\(UUID().uuidString)")
    }()

    private static func remove() { try? FileManager.default.removeItem(at: folder) }
}

/// What ships in the repository and is used as input.
enum Sample {
    /// A mirror that holds the compact base.
    static let mirror = ZooProcess.repository.appendingPathComponent("Fixtures/mirror")
    /// The compact base.
    static let compactBase = mirror.appendingPathComponent("minilm-l3-compact")

    private static let trainingFile =
        ZooProcess.repository.appendingPathComponent("registry/samples/sentiment/train.csv")

    /// The header and the first `count` rows of the task's training sample.
    static func rows(_ count: Int) throws -> String {
        let text = String(decoding: try Data(contentsOf: trainingFile), as: UTF8.self)
        return text.split(separator: "\n").prefix(count + 1).joined(separator: "\n") + "\n"
    }
}
