public import ZooBase

/// Where the store cuts a file.
///
/// Depends on the content alone, so the same bytes are always cut the same way.
public enum Segments {
    /// A tensor of this many bytes or more is a segment of its own.
    public static let smallestOwnSegment = 64 << 10
    /// Files of no known format are cut into pieces of this many bytes.
    public static let pieceSize = 64 << 20

    /// Where to cut `bytes`: offsets at which a segment other than the first begins, ascending.
    ///
    /// The header is a segment,
    /// so is each tensor of 64 KB or more; neighbouring smaller tensors share one.
    public static func cuts(of bytes: SegmentedBytes, formats: [any CheckpointFormat.Type] = Formats.all) -> [Int] {
        guard let format = Formats.recognizing(bytes, among: formats), let ranges = format.tensorRanges(in: bytes),
            let dataStart = ranges.first?.lowerBound
        else { return Array(stride(from: pieceSize, to: bytes.byteCount, by: pieceSize)) }
        return cuts(dataStart: dataStart, byteCount: bytes.byteCount, tensors: ranges)
    }

    /// Where to cut the file at `path`.
    ///
    /// - Throws: `FileError`.
    public static func cuts(of path: String) throws(FileError) -> [Int] { cuts(of: try SegmentedBytes(mapping: path)) }

    /// Where to cut a file whose tensors lie at `tensors`, ascending.
    static func cuts(dataStart: Int, byteCount: Int, tensors: [Range<Int>]) -> [Int] {
        var cuts: Set<Int> = [dataStart]
        for tensor in tensors where tensor.count >= smallestOwnSegment {
            cuts.insert(tensor.lowerBound)
            cuts.insert(tensor.upperBound)
        }
        return cuts.filter { $0 > 0 && $0 < byteCount }.sorted()
    }
}
