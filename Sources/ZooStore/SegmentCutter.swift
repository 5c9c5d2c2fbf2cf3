public import ZooBase

/// Where to cut a file into segments.
public enum SegmentPlan: Sendable, Equatable {
    /// At these offsets, all strictly inside the file; in any order.
    case cut(at: [Int])
    /// The first `byteCount` bytes are needed to tell: at most the file's size, and at most 128 MiB, since they are kept
    /// in memory; a file that needs more stays in one segment.
    case needsHead(byteCount: Int)
}

/// Decides where to cut a file, from its path, its bytes so far (from the start; all of them when `head.byteCount`
/// equals `size`) and its size.
///
/// It is asked first with an empty head and again whenever it got the head it asked for, so a format whose header lies
/// at the start is cut while it streams in.
public typealias SegmentCutter = @Sendable (_ path: String, _ head: SegmentedBytes, _ size: Int) -> SegmentPlan

/// A cutter that keeps every file in one segment.
public let uncut: SegmentCutter = { _, _, _ in .cut(at: []) }

/// A cutter for a function that must see the whole file.
public func wholeFileCutter(_ cuts: @escaping @Sendable (SegmentedBytes) -> [Int]) -> SegmentCutter {
    { _, head, size in head.byteCount < size ? .needsHead(byteCount: size) : .cut(at: cuts(head)) }
}

/// A cutter for a function that reads only a file's header.
///
/// - Parameters:
///   - headSize: how many bytes the header takes, given the path and the first 16 bytes (fewer in a smaller file);
///     0 when the file has none.
///   - cuts: where to cut; sees bytes of the file's full size that past the header are all zero.
public func headerCutter(
    headSize: @escaping @Sendable (_ path: String, _ prefix: [UInt8]) -> Int,
    cuts: @escaping @Sendable (SegmentedBytes) -> [Int]
) -> SegmentCutter {
    { path, head, size in
        let prefix = min(16, size)
        if head.byteCount < prefix { return .needsHead(byteCount: prefix) }
        let wanted = min(size, max(prefix, headSize(path, head.array(0..<prefix))))
        if head.byteCount < wanted { return .needsHead(byteCount: wanted) }
        return .cut(at: cuts(padded(head, to: size)))
    }
}

/// `head` followed by zeros; the zeros are one block, named as often as needed.
private func padded(_ head: SegmentedBytes, to size: Int) -> SegmentedBytes {
    let block = 1 << 20
    let rest = size - head.byteCount
    guard rest > 0 else { return head }
    let zeros = ByteStorage(byteCount: min(block, rest)) { _ in }
    var storages = head.segments + Array(repeating: zeros, count: rest / block)
    if rest >= block && rest % block > 0 { storages.append(ByteStorage(byteCount: rest % block) { _ in }) }
    if rest < block { storages.append(zeros) }
    return SegmentedBytes(storages)
}
