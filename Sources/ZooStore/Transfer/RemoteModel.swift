public import ZooBase

/// A file that a mirror offers.
public struct RemoteFile: Sendable, Hashable {
    /// What the mirror says its bytes hash to.
    public enum Claim: Sendable, Hashable {
        /// The SHA-256.
        case sha256(ContentDigest)
        /// The name git gives the content: SHA-1 over `blob SIZE`, a zero byte and the bytes, in hexadecimal digits.
        case gitBlob(String)
    }

    /// The path inside the model: relative, parts divided by `/`.
    public let path: String
    /// Size in bytes.
    public let size: Int
    /// What its bytes hash to; nil when the mirror does not say.
    public let claim: Claim?
    /// The SHA-256 of the list of its chunks' digests, when the mirror has one.
    public let chunkList: ContentDigest?

    /// Makes the value.
    public init(path: String, size: Int, claim: Claim?, chunkList: ContentDigest? = nil) {
        self.path = path
        self.size = size
        self.claim = claim
        self.chunkList = chunkList
    }

    /// What the file is, apart from its path.
    var contentKey: String {
        switch claim {
        case .sha256(let digest): "sha256:\(digest.hex) \(size)"
        case .gitBlob(let hex): "git:\(hex) \(size)"
        case nil: "\(size)"
        }
    }
}

/// The files of a model that lies on another machine.
public struct RemoteModel: Sendable, Hashable {
    /// What the mirror calls it.
    public let repository: String
    /// The revision that was asked for; nil for the mirror's own choice.
    public let revision: String?
    /// The revision's immutable name; nil when the mirror has no history.
    public let commit: String?
    /// The files, by path.
    public let files: [RemoteFile]

    /// Makes the value.
    public init(repository: String, revision: String?, commit: String?, files: [RemoteFile]) {
        self.repository = repository
        self.revision = revision
        self.commit = commit
        self.files = files.sorted { ExactString($0.path) < ExactString($1.path) }
    }

    /// What the mirror says the content is: equal for equal claims, whatever mirror makes them.
    var identity: ContentDigest {
        let list = files.map { JSON.array([.string($0.path), .string($0.contentKey)]) }
        return ContentDigest(of: JSON.array(list).text(.canonical))
    }

    /// The largest file that a mirror may state: what the most common file system can hold (16 TiB).
    static let maximumFileSize = 1 << 44

    /// Refuses what cannot be kept as files: no file at all, paths that leave the folder, impossible sizes, two files of
    /// one name, a file in a file.
    func check(mirror: String) throws(StoreError) {
        func refuse(_ path: String, _ reason: String) -> StoreError {
            .mirrorFault(mirror: mirror, place: repository, reason: "its file \"\(path)\" \(reason)")
        }
        var paths: Set<ExactString> = []
        var total = 0
        guard !files.isEmpty else { throw .mirrorFault(mirror: mirror, place: repository, reason: "it has no files") }
        for file in files {
            guard StoredFile.isSafe(file.path) else { throw refuse(file.path, "has a name that is not safe to use") }
            let (sum, overflow) = total.addingReportingOverflow(file.size)
            guard file.size >= 0, file.size <= Self.maximumFileSize, !overflow else {
                throw refuse(file.path, "has an impossible size (\(file.size) bytes)")
            }
            total = sum
            guard paths.insert(ExactString(file.path)).inserted else { throw refuse(file.path, "is listed twice") }
        }
        var seen: Set<ExactString> = []
        for file in files {
            var parent = ModelFolders.parent(file.path)
            while !parent.isEmpty, seen.insert(ExactString(parent)).inserted {
                guard !paths.contains(ExactString(parent)) else { throw refuse(file.path, "lies inside a file") }
                parent = ModelFolders.parent(parent)
            }
        }
    }
}
