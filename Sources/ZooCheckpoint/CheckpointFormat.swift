public import ZooBase

/// One way to keep named tensors in a file.
public protocol CheckpointFormat: Sendable {
    /// What the format is called, in lower case.
    static var name: String { get }
    /// How its files' names usually end; used only to say what is wrong with a file no format recognizes.
    static var suffix: String { get }
    /// Other endings under which people keep such files.
    static var otherSuffixes: [String] { get }
    /// Whether a file of `byteCount` bytes that begins with `prefix` (its first 64 bytes, or all of a shorter file) is
    /// of this format. Looks at content only.
    static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool
    /// Whether `bytes` are a file of this format that does not show in its first bytes. Looks at content only.
    static func recognizesInside(_ bytes: SegmentedBytes) -> Bool
    /// Reads the description of every tensor in `bytes`, and no element; `file` is what errors call it.
    static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint
    /// Where each tensor lies in the file, in the order of the file; nil when `bytes` are malformed or do not hold
    /// their tensors packed.
    static func tensorRanges(in bytes: SegmentedBytes) -> [Range<Int>]?
    /// How many bytes from the start describe every tensor of a file of `byteCount` bytes that begins with `prefix`.
    static func headByteCount(_ prefix: [UInt8], byteCount: Int) -> Int
    /// What `tensorRanges(in:)` says of a file of `byteCount` bytes of which `head`, as long as `headByteCount` asked
    /// for, is at hand.
    static func tensorRanges(head: SegmentedBytes, byteCount: Int) -> [Range<Int>]?
}

extension CheckpointFormat {
    /// None.
    public static var otherSuffixes: [String] { [] }
    /// Most formats show at once.
    public static func recognizesInside(_ bytes: SegmentedBytes) -> Bool { false }
    /// Formats that do not say where their tensors lie are cut into pieces of one size.
    public static func tensorRanges(in bytes: SegmentedBytes) -> [Range<Int>]? { nil }
    /// The first 64 bytes.
    public static func headByteCount(_ prefix: [UInt8], byteCount: Int) -> Int { prefix.count }
    /// Formats that do not say where their tensors lie are cut into pieces of one size.
    public static func tensorRanges(head: SegmentedBytes, byteCount: Int) -> [Range<Int>]? { nil }
}

/// A format that can be written too.
public protocol WritableFormat: CheckpointFormat {
    /// The whole file that holds `state`, ready to be written piece by piece.
    static func layout(_ state: StateDict, metadata: [MetadataEntry]) throws(CheckpointError) -> any FileLayout
}
