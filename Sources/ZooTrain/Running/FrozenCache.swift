public import ZooBase
internal import ZooTensor

/// Where what a frozen prefix makes of the rows is kept, so that another run over the same rows finds it.
public protocol FrozenCache: AnyObject {
    /// The bytes kept under `key`, or, when there are none, the `count` bytes that `make` writes.
    ///
    /// - Throws: what `make` throws; what cannot be kept is no error.
    func bytes(
        _ key: ContentDigest, count: Int, make: (UnsafeMutableRawBufferPointer) throws(TrainError) -> Void
    ) throws(TrainError) -> ByteStorage
}

/// Keeps each as a file of a folder, named by its key: the bytes, then their checksum, 64 bits, little-endian.
///
/// The file is mapped, so that it needs memory only while it is read. The folder may be emptied at any time.
public final class FrozenCacheFolder: FrozenCache {
    private let folder: String

    /// Uses `folder`, which is made when it is not there.
    public init(_ folder: String) { self.folder = folder }

    /// The file's bytes if they are whole; else made, written and mapped; kept in memory when they cannot be written.
    public func bytes(
        _ key: ContentDigest, count: Int, make: (UnsafeMutableRawBufferPointer) throws(TrainError) -> Void
    ) throws(TrainError) -> ByteStorage {
        let path = FilePaths.join(folder, key.hex)
        if let kept = Self.read(path, count: count) { return kept }
        let made = try ByteStorage(byteCount: count, fill: make)
        do {
            try FilePaths.makeFolder(folder)
            var file = try AtomicFile(at: path)
            try made.withUnsafeBytes { bytes in Result { () throws(FileError) in try file.write(bytes) } }.get()
            let sum = made.withUnsafeBytes { Checksum.of($0, after: 0) }
            try file.write((0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) })
            try file.commit()
        } catch { return made }
        // Nothing of the file is read yet, so that what was made need not stand in memory twice.
        guard let file = try? ByteStorage(mapping: path), file.byteCount == count + 8 else { return made }
        return file
    }

    private static func read(_ path: String, count: Int) -> ByteStorage? {
        guard FilePaths.exists(path), let file = try? ByteStorage(mapping: path), file.byteCount == count + 8 else {
            return nil
        }
        let isWhole = file.withUnsafeBytes { bytes in
            let sum = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: count, as: UInt64.self))
            return sum == Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<count]), after: 0)
        }
        return isWhole ? file : nil
    }
}
