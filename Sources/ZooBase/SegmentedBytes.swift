/// The bytes of one file as a run of storages laid end to end: a plain file is one, a file in the store one a segment.
public struct SegmentedBytes: Sendable {
    /// The storages, in the file's order.
    public let segments: [ByteStorage]
    /// Number of bytes in the file.
    public let byteCount: Int
    /// Where in the file each of them begins.
    public let starts: [Int]

    /// Lays `segments` end to end.
    public init(_ segments: [ByteStorage]) {
        var starts: [Int] = []
        var total = 0
        for segment in segments {
            starts.append(total)
            total += segment.byteCount
        }
        self.segments = segments
        self.starts = starts
        byteCount = total
    }

    /// Maps the file at `path`.
    ///
    /// - Throws: `FileError`.
    public init(mapping path: String) throws(FileError) { self.init([try ByteStorage(mapping: path)]) }

    /// The storage that holds `range` of the file and where in it.
    ///
    /// Without a copy when one segment holds all of it, as it does for a tensor whose file was cut at tensor
    /// boundaries; otherwise a copy. Traps outside the file.
    public func window(_ range: Range<Int>) -> (storage: ByteStorage, range: Range<Int>) {
        contiguousWindow(range) ?? (ByteStorage(copying: array(range)), 0..<range.count)
    }

    /// The storage that holds all of `range` and where in it; nil when no single one does.
    ///
    /// Traps outside the file.
    public func contiguousWindow(_ range: Range<Int>) -> (storage: ByteStorage, range: Range<Int>)? {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "outside the file")
        guard !range.isEmpty, let index = starts.lastIndex(where: { $0 <= range.lowerBound }) else {
            return (ByteStorage(copying: []), 0..<0)
        }
        let start = starts[index]
        guard range.upperBound <= start + segments[index].byteCount else { return nil }
        return (segments[index], range.lowerBound - start..<range.upperBound - start)
    }

    /// The SHA-256 of all the bytes.
    public var digest: ContentDigest {
        var hasher = ContentHasher()
        for segment in segments { unsafe segment.withUnsafeBytes { unsafe hasher.update($0) } }
        return hasher.finalize()
    }

    /// Copies the bytes in `range`.
    public func array(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for (start, segment) in zip(starts, segments) {
            let part = range.clamped(to: start..<start + segment.byteCount)
            if !part.isEmpty { bytes += segment.array(part.lowerBound - start..<part.upperBound - start) }
        }
        return bytes
    }
}
