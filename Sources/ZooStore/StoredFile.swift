public import ZooBase

/// One file of a model version: a path and the blobs that, laid end to end, are its bytes.
public struct StoredFile: Sendable, Hashable, JSONRepresentable {
    /// A run of the file's bytes, kept as one blob.
    public struct Segment: Sendable, Hashable {
        /// The blob.
        public let digest: ContentDigest
        /// Its size in bytes.
        public let size: Int

        /// Makes the value.
        public init(digest: ContentDigest, size: Int) {
            self.digest = digest
            self.size = size
        }
    }

    /// The path inside the version: relative, parts divided by `/`.
    public let path: String
    /// Size in bytes.
    public let size: Int
    /// The SHA-256 of the whole file; of its segments' names when it was never hashed whole (see `isHashedWhole`).
    public let digest: ContentDigest
    /// Whether `digest` is that of the file's bytes, as `sha256sum` gives it.
    public let isHashedWhole: Bool
    /// The blobs, in order; none for an empty file.
    public let segments: [Segment]

    /// Makes the value; traps when the segments' sizes do not add up.
    public init(path: String, size: Int, digest: ContentDigest, segments: [Segment]) {
        precondition(segments.reduce(0) { $0 + $1.size } == size, "segments of another size")
        self.path = path
        self.size = size
        self.digest = digest
        isHashedWhole = true
        self.segments = segments
    }

    /// Makes the value of a file whose identity is that of its segments: the SHA-256 over the canonical JSON
    /// `{"format":"zoo file 1","segments":[["<hex>",size],…]}`, which needs none of their bytes.
    public init(path: String, segments: [Segment]) {
        self.init(path: path, segments: segments, identity: Self.identity(segments))
    }

    private init(path: String, segments: [Segment], identity: ContentDigest) {
        self.path = path
        size = segments.reduce(0) { $0 + $1.size }
        digest = identity
        isHashedWhole = false
        self.segments = segments
    }

    private static func identity(_ segments: [Segment]) -> ContentDigest {
        let list = JSON.array(segments.map { [.string($0.digest.hex), .integer($0.size)] })
        return ContentDigest(of: JSON.object(["format": "zoo file 1", "segments": list]).text(.canonical))
    }

    /// The same bytes under another path.
    public func moved(to path: String) -> StoredFile {
        isHashedWhole
            ? StoredFile(path: path, size: size, digest: digest, segments: segments)
            : StoredFile(path: path, segments: segments, identity: digest)
    }

    /// The SHA-256 of the bytes in `range` when exactly these are one segment: known without reading them.
    public func digest(of range: Range<Int>) -> ContentDigest? {
        var start = 0
        for segment in segments {
            if start == range.lowerBound { return segment.size == range.count ? segment.digest : nil }
            start += segment.size
            if start > range.lowerBound { return nil }
        }
        return nil
    }

    /// An object `{"path", "segments": [["<hex>", size], …], "sha256", "size"}`; without `sha256` when the file was never
    /// hashed whole.
    public var json: JSON {
        .object([
            "path": .string(path),
            "segments": .array(segments.map { [.string($0.digest.hex), .integer($0.size)] }),
            "sha256": isHashedWhole ? .string(digest.hex) : nil,
            "size": .integer(size),
        ])
    }

    init?(json: JSON) {
        guard let path = json["path"]?.string, Self.isSafe(path), let size = json["size"]?.integer, size >= 0,
            let list = json["segments"]?.array
        else { return nil }
        var segments: [Segment] = []
        var total = 0
        for item in list {
            guard let digest = item[0]?.string.flatMap({ ContentDigest(hex: $0) }), let size = item[1]?.integer,
                size > 0
            else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(size)
            guard !overflow else { return nil }
            total = sum
            segments.append(Segment(digest: digest, size: size))
        }
        guard total == size else { return nil }
        guard let stated = json["sha256"] else {
            self.init(path: path, segments: segments)
            return
        }
        guard let digest = stated.string.flatMap({ ContentDigest(hex: $0) }) else { return nil }
        self.init(path: path, size: size, digest: digest, segments: segments)
    }

    /// Parts that a path may have: models have two or three, and what looks at every one must not take for ever.
    static let deepestPath = 64

    /// Whether `path` stays inside the folder it is written to and can be shown on one line.
    public static func isSafe(_ path: String) -> Bool {
        !path.isEmpty && path.utf8.count <= 4096 && path.utf8.count { $0 == UInt8(ascii: "/") } < deepestPath
            && !path.unicodeScalars.contains { $0.properties.generalCategory == .control }
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255
            }
    }
}
