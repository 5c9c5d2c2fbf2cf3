import Glibc
public import ZooBase

/// What happened to a model's names: alias moves and removals, one JSON value a line, append-only.
public struct AliasLog: Sendable {
    let path: String

    /// Adds a line `{"event", "time", …}`.
    func append(_ event: String, _ members: KeyValuePairs<String, JSON?>) throws(StoreError) {
        var line = [JSONMember("event", .string(event)), JSONMember("time", .string(Clock.now()))]
        line += members.compactMap { name, value in value.map { JSONMember(name, $0) } }
        let bytes = Array((JSON.object(line).text(.canonical) + "\n").utf8)
        try io { () throws(FileError) in
            try FilePaths.makeFolder(FilePaths.parent(of: path))
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw FileError("open", path) }
            defer { close(descriptor) }
            // One call: lines of two processes do not mix.
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw FileError("write", path) }
            guard fsync(descriptor) == 0 else { throw FileError("sync", path) }
        }
    }

    /// The lines, oldest first.
    ///
    /// A last line that was cut short by a crash is left out.
    public func entries() throws(StoreError) -> [JSON] {
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path) } catch {
            if error.code == ENOENT { return [] }
            throw .file(error)
        }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONParser.parse(Array($0)) }
    }

    /// The numbers that were given once and must not be given again.
    func removedNumbers() throws(StoreError) -> [Int] {
        try entries().compactMap { $0["event"]?.string == "removed" ? $0["number"]?.integer : nil }
    }
}

extension Store {
    /// The log of a model's aliases and removals.
    public func log(_ name: ModelName) -> AliasLog { AliasLog(path: layout.log(name)) }
}
