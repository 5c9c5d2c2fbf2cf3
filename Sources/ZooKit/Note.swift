internal import ZooBase
internal import ZooStore

extension Registry {
    /// Adds a note to a version.
    public func note(_ reference: String, text: String) throws -> NoteResult {
        guard !text.isEmpty, text.utf8.count <= 65_536 else {
            throw KitError.invalidOption(
                name: "the note", value: String(text.prefix(40)), expected: "1 to 65,536 bytes of text")
        }
        let store = writing
        let version = try store.version(reference)
        try store.records.append("note", ["text": .string(text)], to: version.manifest)
        return NoteResult(version: version.description, notes: try notes(of: version, in: store))
    }

    /// The notes on a version, oldest first.
    public func notes(_ reference: String) throws -> NoteResult {
        let store = reading
        let version = try store.version(reference)
        return NoteResult(version: version.description, notes: try notes(of: version, in: store))
    }

    func notes(of version: ModelVersion, in store: Store) throws -> [(time: String, text: String)] {
        try store.records.list(version.manifest, kind: "note").compactMap { record in
            record.body["text"]?.string.map { (record.time, $0) }
        }
    }
}
