internal import ZooBase
internal import ZooStore

/// Where a version's files came from: what its record tells, and its derivation does not, since the same files from
/// another place are the same version.
struct PullOrigin {
    /// For people.
    let text: String
    /// The revision's immutable name.
    let commit: String?
    /// What the mirror says the content is; nil when it cannot be told without reading it.
    let identity: ContentDigest?
    /// The fact.
    let record: JSON

    /// A folder, archive or file that is imported.
    init(path: String) {
        text = path
        commit = nil
        identity = nil
        record = ["source": .string(FilePaths.absolute(path))]
    }

    /// Files of a mirror's model.
    init(_ model: MirrorModel, only: FileFilter) {
        text = "\(model.mirror): \(model.place)"
        identity = model.identity(only)
        var members: [JSONMember] = [
            JSONMember("source", .string(text)), JSONMember("mirror", .string(model.mirror)),
            JSONMember("kind", .string(model.kind)),
        ]
        if let identity { members.append(JSONMember("identity", .string(identity.hex))) }
        if case .remote(let remote) = model.contents {
            commit = remote.commit
            members.append(JSONMember("repository", .string(remote.repository)))
            if let revision = remote.revision { members.append(JSONMember("revision", .string(revision))) }
            if let commit = remote.commit { members.append(JSONMember("commit", .string(commit))) }
            members.append(JSONMember("files", remote.statements))
        } else {
            commit = nil
        }
        record = .object(members)
    }
}

extension TakeOptions {
    /// Learns from earlier pulls of `name` what the mirrors stated of its files.
    mutating func learn(from name: ModelName, in store: Store) throws(StoreError) {
        for version in try store.versions() where version.name == name {
            guard let manifest = try? store.manifest(of: version) else { continue }
            for record in try store.records.list(version.manifest, kind: "pulled") {
                known.add(record.body, of: manifest)
            }
        }
    }
}
