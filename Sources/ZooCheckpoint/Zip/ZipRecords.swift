/// The records of a zip archive as bytes (PKWARE APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16).
struct ZipRecords: Sendable {
    let comment: [UInt8]

    /// The largest value of a 32-bit field that means itself.
    private static let saturated = 0xFFFF_FFFF
    /// The first day a zip archive can name: 1 January 1980, midnight.
    private static let date = 0x0021
    /// Names are UTF-8.
    private static let flags = 0x0800
    /// The extra field that pads: the identifier that torch gives it.
    private static let paddingField = 0x4246

    /// Size of the header before the data of an entry that begins at `offset`, its padding included.
    static func localSize(_ name: [UInt8], byteCount: Int, at offset: Int) -> Int {
        let fixed = 30 + name.count + (byteCount >= saturated ? 20 : 0) + 4
        let end = offset + fixed
        return fixed + (ZipLayout.alignment - end % ZipLayout.alignment) % ZipLayout.alignment
    }

    /// The header before the data of `entry`.
    func local(_ entry: ZipLayout.Entry, checksum: UInt32) -> [UInt8] {
        let name = Array(entry.source.name.utf8)
        let size = entry.source.byteCount
        let isLarge = size >= Self.saturated
        var extra: [UInt8] = []
        if isLarge { extra += Self.bytes((1, 2), (16, 2), (size, 8), (size, 8)) }
        let padding = entry.data.lowerBound - entry.offset - 30 - name.count - extra.count - 4
        extra += Self.bytes((Self.paddingField, 2), (padding, 2)) + [UInt8](repeating: 0x5A, count: padding)
        let shown = isLarge ? Self.saturated : size
        return Self.bytes(
            (0x0403_4B50, 4), (isLarge ? 45 : 20, 2), (Self.flags, 2), (0, 2), (0, 2), (Self.date, 2),
            (Int(checksum), 4),
            (shown, 4), (shown, 4), (name.count, 2), (extra.count, 2)) + name + extra
    }

    /// Size of everything from the central directory to the end of the file.
    func directorySize(_ entries: [ZipLayout.Entry], start: Int) -> Int {
        directory(entries, [UInt32](repeating: 0, count: entries.count), start: start).count
    }

    /// The central directory, which begins at `start`, and the end records.
    func directory(_ entries: [ZipLayout.Entry], _ checksums: [UInt32], start: Int) -> [UInt8] {
        var output: [UInt8] = []
        for (entry, checksum) in zip(entries, checksums) {
            let name = Array(entry.source.name.utf8)
            let size = entry.source.byteCount
            var large: [UInt8] = []
            if size >= Self.saturated { large += Self.bytes((size, 8), (size, 8)) }
            if entry.offset >= Self.saturated { large += Self.bytes((entry.offset, 8)) }
            let extra = large.isEmpty ? [] : Self.bytes((1, 2), (large.count, 2)) + large
            let (shownSize, shownOffset) = (min(size, Self.saturated), min(entry.offset, Self.saturated))
            output += Self.bytes(
                (0x0201_4B50, 4), (extra.isEmpty ? 20 : 45, 2), (extra.isEmpty ? 20 : 45, 2), (Self.flags, 2), (0, 2),
                (0, 2), (Self.date, 2), (Int(checksum), 4), (shownSize, 4), (shownSize, 4), (name.count, 2),
                (extra.count, 2), (0, 2), (0, 2), (0, 2), (0, 4), (shownOffset, 4))
            output += name + extra
        }
        let (size, count) = (output.count, entries.count)
        let isLarge = count >= 0xFFFF || size >= Self.saturated || start >= Self.saturated
        if isLarge {
            output += Self.bytes(
                (0x0606_4B50, 4), (44, 8), (45, 2), (45, 2), (0, 4), (0, 4), (count, 8), (count, 8), (size, 8),
                (start, 8))
            output += Self.bytes((0x0706_4B50, 4), (0, 4), (start + size, 8), (1, 4))
        }
        let (shownCount, shownSize, shownStart) = (
            min(count, 0xFFFF), min(size, Self.saturated), min(start, Self.saturated)
        )
        return output
            + Self.bytes(
                (0x0605_4B50, 4), (0, 2), (0, 2), (shownCount, 2), (shownCount, 2), (shownSize, 4), (shownStart, 4),
                (comment.count, 2)) + comment
    }

    /// Little-endian integers, each a value and its width in bytes.
    private static func bytes(_ fields: (value: Int, width: Int)...) -> [UInt8] {
        var output: [UInt8] = []
        for (value, width) in fields {
            for place in 0..<width { output.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
        }
        return output
    }
}
