public import ZooBase

/// Where to cut a file into segments.
public enum SegmentPlan: Sendable, Equatable {
    /// At these offsets, all strictly inside the file; in any order.
    case cut(at: [Int])
    /// The first `byteCount` bytes are needed to tell (at most the file's size).
    case needsHead(byteCount: Int)
}

/// Decides where to cut a file, from its path, its bytes so far (from the start; all of them when `head.byteCount`
/// equals `size`) and its size. It is asked first with an empty head and again whenever it got the head it asked for,
/// so a format whose header lies at the start is cut while it streams in.
public typealias SegmentCutter = @Sendable (_ path: String, _ head: SegmentedBytes, _ size: Int) -> SegmentPlan

/// A cutter that keeps every file in one segment.
public let uncut: SegmentCutter = { _, _, _ in .cut(at: []) }

/// A cutter for a function that must see the whole file.
public func wholeFileCutter(_ cuts: @escaping @Sendable (SegmentedBytes) -> [Int]) -> SegmentCutter {
    { _, head, size in head.byteCount < size ? .needsHead(byteCount: size) : .cut(at: cuts(head)) }
}
