public import ZooBase

/// One array in a file of its own (numpy/lib/format.py).
public enum NumPyFormat: CheckpointFormat {
    /// What the format is called: `npy`.
    public static let name = "npy"
    /// How names end: `.npy`.
    public static let suffix = ".npy"

    /// The magic bytes of an array.
    public static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool { NumPyArray.recognizes(prefix) }

    /// Reads the header; the tensor is called as the file is, without its suffix.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        var name = FilePaths.name(of: file)
        if name.hasSuffix(suffix), name != suffix { name.removeLast(suffix.count) }
        var members = NumPyMembers(bytes: bytes, file: file)
        try members.add(name, at: 0..<bytes.byteCount)
        return members.checkpoint(format: Self.name)
    }
}

/// An archive of arrays (numpy.savez): a zip archive of which every entry is an array.
public enum NumPyArchiveFormat: CheckpointFormat {
    /// What the format is called: `npz`.
    public static let name = "npz"
    /// How names end: `.npz`.
    public static let suffix = ".npz"

    /// A zip archive whose first entry ends in `.npy`, or that has none.
    public static func recognizes(_ prefix: [UInt8], byteCount: Int) -> Bool {
        guard let first = ZipArchive.firstName(prefix) else {
            return byteCount >= 22 && prefix.starts(with: [0x50, 0x4B, 5, 6])
        }
        return first.isWhole && isArray(first.name)
    }

    private static func isArray(_ name: [UInt8]) -> Bool { name.suffix(4).elementsEqual(".npy".utf8) }

    /// Whether every entry of `archive` is an array.
    static func holds(_ archive: ZipArchive) -> Bool { archive.entries.allSatisfy { isArray(Array($0.name.utf8)) } }

    /// Reads the header of every array, and no element.
    ///
    /// - Throws: `CheckpointError`.
    public static func open(_ bytes: SegmentedBytes, file: String) throws(CheckpointError) -> Checkpoint {
        let archive = try ZipArchive(bytes, file: file)
        var members = NumPyMembers(bytes: bytes, file: file)
        for entry in archive.entries {
            guard isArray(Array(entry.name.utf8)) else { throw .malformed(file: file, .numpyMember(entry.name)) }
            let name = String(entry.name.dropLast(suffix.count))
            if let range = entry.range {
                try members.add(name, at: range)
            } else {
                try members.add(name, inflating: entry, of: archive)
            }
        }
        return members.checkpoint(format: Self.name, comment: archive.comment)
    }
}
