public import ZooBase

/// One thing that happened to a model.
public struct LogEntry: Sendable, JSONRepresentable {
    /// When, RFC 3339 in UTC.
    public let time: String
    /// The version it is about, when it is about one.
    public let version: String?
    /// What happened.
    public let event: String
    /// What else is recorded of it.
    public let details: JSON

    /// All fields, camelCase.
    public var json: JSON {
        .object([
            "time": .string(time), "version": version.map { .string($0) }, "event": .string(event),
            "details": details.isNull ? nil : details,
        ])
    }
}

/// The notes on a version.
public struct NoteResult: Sendable, JSONRepresentable {
    /// As in `reviews@2`.
    public let version: String
    /// Oldest first.
    public let notes: [(time: String, text: String)]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "version": .string(version),
            "notes": .array(notes.map { ["time": .string($0.time), "text": .string($0.text)] }),
        ]
    }
}

/// What the registry takes on the disk.
public struct DiskUseResult: Sendable, JSONRepresentable {
    /// Each version: bytes of its files, bytes only it needs, bytes on the disk that others need too.
    public let versions: [(version: String, byteCount: Int, own: Int, shared: Int)]
    /// Bytes by part of the home folder.
    public let parts: [(name: String, byteCount: Int)]
    /// What a collection of garbage would remove and what it would keep; nil when something could not be read.
    public let garbage: CollectResult?
    /// Versions that are left out and why, in words: their refs or manifests cannot be read.
    public let problems: [String]

    /// All fields, camelCase.
    public var json: JSON {
        [
            "versions": .array(
                versions.map {
                    [
                        "version": .string($0.version), "bytes": .integer($0.byteCount), "own": .integer($0.own),
                        "shared": .integer($0.shared),
                    ]
                }),
            "parts": .array(parts.map { ["name": .string($0.name), "bytes": .integer($0.byteCount)] }),
            "unneeded": garbage.map { .integer($0.byteCount) } ?? .null,
            "kept": .array((garbage?.kept ?? []).map(\.json)),
            "problems": .array(problems.map { .string($0) }),
        ]
    }
}

/// A model card.
public struct CardResult: Sendable, JSONRepresentable {
    /// As in `reviews@2`.
    public let version: String
    /// Markdown with front matter.
    public let text: String

    /// All fields, camelCase.
    public var json: JSON { ["version": .string(version), "card": .string(text)] }
}
