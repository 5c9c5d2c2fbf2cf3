internal import ZooBase
internal import ZooStore

/// A user's registry and what can be done with it: one method a verb, each in a file of its own.
public struct Registry: Sendable {
    /// The folder that holds it; need not exist.
    public let home: String
    private let notice: @Sendable (String) -> Void

    /// Names the registry in `home`.
    ///
    /// `notice` is told in one line about things that were put right on the way.
    public init(home: String, notice: @escaping @Sendable (String) -> Void = { _ in }) {
        self.home = home
        self.notice = notice
    }

    /// Tells the user something in one line.
    func tell(_ text: String) { notice(text) }

    /// The store, for a verb that only reads.
    var reading: Store { Store(home: home, access: .readOnly, notice: notice) }
    /// The store, for a verb that writes.
    var writing: Store { Store(home: home, access: .readWrite, notice: notice) }
}

extension Store {
    /// Whether every blob that a manifest needs is there with its size; bytes are not read.
    func isComplete(_ manifest: Manifest) -> Bool {
        (manifest.files + manifest.attachments).allSatisfy { file in
            file.segments.allSatisfy { blobs.contains($0.digest, size: $0.size) }
        }
    }

    /// The version that `text` names.
    func version(_ text: String) throws(StoreError) -> ModelVersion { try resolve(try Reference(text)) }

    /// The version that a derivation already is: under `name` if there is one, else the first under any name.
    func version(derivedBy derivation: ContentDigest, named name: ModelName) throws(StoreError) -> ModelVersion? {
        let found = try versions(derivedBy: derivation)
        return found.first { $0.name == name } ?? found.first
    }
}
