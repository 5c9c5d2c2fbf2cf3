public import ZooBase

extension Segments {
    /// Where to cut a file of which only the beginning is at hand.
    public enum Plan: Sendable, Equatable {
        /// The first so many bytes are needed to tell.
        case needsHead(Int)
        /// The offsets at which a segment other than the first begins, ascending.
        case cuts([Int])
    }

    /// Where to cut a file of `byteCount` bytes that begins with `head`: what `cuts` says of the whole file, asked for
    /// with ever more of it until that is known.
    public static func plan(
        head: SegmentedBytes, byteCount: Int, formats: [any CheckpointFormat.Type] = Formats.all
    ) -> Plan {
        let prefixCount = min(64, byteCount)
        guard head.byteCount >= prefixCount else { return .needsHead(prefixCount) }
        let prefix = head.array(0..<prefixCount)
        guard let format = formats.first(where: { $0.recognizes(prefix, byteCount: byteCount) }) else {
            return .cuts(Array(stride(from: pieceSize, to: byteCount, by: pieceSize)))
        }
        let needed = format.headByteCount(prefix, byteCount: byteCount)
        guard head.byteCount >= needed else { return .needsHead(needed) }
        guard let ranges = format.tensorRanges(head: head, byteCount: byteCount),
            let dataStart = ranges.first?.lowerBound
        else { return .cuts(Array(stride(from: pieceSize, to: byteCount, by: pieceSize))) }
        return .cuts(cuts(dataStart: dataStart, byteCount: byteCount, tensors: ranges))
    }
}
