/// What to convert into what.
public struct ConvertRequest: Sendable {
    /// A version, or a file or folder.
    public var source: String
    /// A file, a folder (a path without a file's suffix), or a name in the registry.
    public var destination: String
    /// The format; nil for the one the destination's suffix names, else safetensors.
    public var format: String?
    /// The element type of floating-point tensors; nil to keep theirs.
    public var dtype: String?
    /// The dialect of names and layouts; nil to keep the source's.
    public var keys: String?
    /// Bytes a shard may have; nil for one file.
    public var shardSize: Int?
    /// Metadata to add or replace.
    public var metadata: [(name: String, value: String)] = []
    /// Whether a file that is there may be replaced.
    public var replaces = false

    /// A request with everything else at its default.
    public init(source: String, destination: String) {
        self.source = source
        self.destination = destination
    }
}
