import Glibc
public import ZooBase

/// What happened to a model's names: alias moves and removals, one JSON value a line, append-only.
///
/// Each line carries a check value over itself and the one before it, so that neither a changed nor a missing line goes
/// unseen.
public struct AliasLog: Sendable {
    let path: String

    /// The members of lines written before there were check values.
    private static let unsealed: Set<String> = ["alias", "event", "from", "manifest", "number", "time"]

    /// Adds a line `{"event", "time", …}`.
    func append(_ event: String, _ members: KeyValuePairs<String, JSON?>) throws(StoreError) {
        let line = Self.entry(event, members)
        try io { () throws(FileError) in try FilePaths.makeDurableFolder(FilePaths.parent(of: path)) }
        // A line names the one before it, and the end a crash has cut short must go first: one process at a time.
        let lock = try Lock(path, .exclusive, what: "another zoo command is writing to \(path)")
        defer { withExtendedLifetime(lock) {} }
        let before = try lines()
        if let last = before.whole.last, (try? JSONParser.parse(last)) == nil {
            throw .damaged(path: path, reason: "its last line cannot be read")
        }
        if before.torn > 0 {
            guard truncate(path, before.size) == 0 else { throw .file(FileError("truncate", path)) }
        }
        let bytes = Array((SealedJSON.text(line, context: before.last) + "\n").utf8)
        try io { () throws(FileError) in
            let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileError("open", path) }
            defer { close(descriptor) }
            do throws(FileError) { try WholeWrite.all(bytes, to: descriptor, path: path) } catch {
                ftruncate(descriptor, before.size)
                throw error
            }
            guard fsync(descriptor) == 0 else { throw FileError("sync", path) }
            if before.size == 0 { try AtomicFile.syncFolder(of: path) }
        }
    }

    /// What a line of now says.
    static func entry(_ event: String, _ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(
            [JSONMember("event", .string(event)), JSONMember("time", .string(Clock.now()))]
                + members.compactMap { name, value in value.map { JSONMember(name, $0) } })
    }

    /// The lines, oldest first.
    ///
    /// A last line that was cut short by a crash is left out.
    ///
    /// - Throws: `StoreError.damaged`.
    public func entries() throws(StoreError) -> [JSON] {
        var entries: [JSON] = []
        var context = ""
        for (index, line) in try lines().whole.enumerated() {
            let place = "\(path) line \(index + 1)"
            entries.append(try SealedJSON.read(line, context: context, unsealed: Self.unsealed, path: place))
            context = Self.context(line)
        }
        return entries
    }

    /// The lines that can be read, oldest first, and the bytes of those that cannot.
    func salvage() throws(StoreError) -> (good: [JSON], bad: [[UInt8]]) {
        var (good, bad, context) = ([JSON](), [[UInt8]](), "")
        for line in try lines().whole {
            do throws(StoreError) {
                good.append(try SealedJSON.read(line, context: context, unsealed: Self.unsealed, path: path))
            } catch { bad.append(line) }
            context = Self.context(line)
        }
        return (good, bad)
    }

    /// Writes `entries` in place of what is there.
    func replace(with entries: [JSON]) throws(StoreError) {
        var text = ""
        var context = ""
        for entry in entries {
            let line = SealedJSON.text(entry, context: context)
            text += line + "\n"
            context = Self.context(Array(line.utf8))
        }
        try io { () throws(FileError) in try AtomicFile.write(Array(text.utf8), to: path) }
    }

    /// The numbers that were given once and must not be given again.
    func removedNumbers() throws(StoreError) -> [Int] {
        try entries().compactMap {
            ["removed", "repaired"].contains($0["event"]?.string) ? $0["number"]?.integer : nil
        }.filter(Refs.numbers.contains)
    }

    /// The numbers of versions in a line that cannot be read.
    static func numbers(in line: [UInt8]) -> [Int] {
        let mark = Array("\"number\":".utf8)
        return line.indices.compactMap { start in
            guard line[start...].starts(with: mark) else { return nil }
            let digits = line[(start + mark.count)...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return Int(String(decoding: digits, as: UTF8.self))
        }
    }

    /// What the line after `line` is checked with: its check value, or its digest when it has none.
    private static func context(_ line: [UInt8]) -> String {
        if let json = try? JSONParser.parse(line) { return json["check"]?.string ?? ContentDigest(of: line).hex }
        // Of a damaged line the check value may be left, and with it the line after this one.
        let mark = Array("\"check\":\"".utf8)
        let start = line.indices.first { line[$0...].starts(with: mark) }
        return start.map { String(decoding: line[($0 + mark.count)...].prefix(16), as: UTF8.self) } ?? ""
    }

    /// The lines that were written whole, their bytes together, the number of bytes of a last line cut short, and what
    /// the next line is checked with.
    private func lines() throws(StoreError) -> (whole: [[UInt8]], size: Int, torn: Int, last: String) {
        let bytes: [UInt8]
        do { bytes = try FilePaths.read(path) } catch {
            if error.code == ENOENT { return ([], 0, 0, "") }
            throw .file(error)
        }
        let size = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let whole = bytes[..<size].split(separator: UInt8(ascii: "\n")).map { Array($0) }
        let tail = Array(bytes[size...])
        // A crash leaves the beginning of a line: one that is whole but for its last byte had its end changed.
        if !tail.isEmpty, (try? JSONParser.parse(Array(tail.dropLast()))) != nil {
            return (whole + [tail], bytes.count, 0, "")
        }
        return (whole, size, tail.count, whole.last.map(Self.context) ?? "")
    }
}

extension Store {
    /// The log of a model's aliases and removals.
    public func log(_ name: ModelName) -> AliasLog { AliasLog(path: layout.log(name)) }
}
