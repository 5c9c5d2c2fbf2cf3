import Glibc
import ZooBase

/// Writes one blob: a temporary file beside the blobs, hashed while it is written.
///
/// Dropped without `finish`, it leaves nothing; finished, it waits in a `BlobBatch` to be made durable and get its
/// name.
struct BlobWriter: ~Copyable {
    private let temporary: String
    private var descriptor: Int32
    private var hasher = ContentHasher()
    private var size = 0

    /// Begins a blob of the batch whose mark is `mark`: its temporary name starts so.
    init(_ blobs: BlobStore, mark: String) throws(StoreError) {
        let unique = String(UInt64.random(in: .min ... .max), radix: 36)
        temporary = "\(blobs.layout.blobs)/\(mark)\(unique).tmp"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(FileError("create", temporary)) }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporary)
        }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        hasher.update(bytes)
        size += bytes.count
        do { try WholeWrite.all(bytes, to: descriptor, path: temporary) } catch { throw .file(error) }
    }

    /// Ends the blob.
    consuming func finish() -> PendingBlob {
        let blob = PendingBlob(
            segment: StoredFile.Segment(digest: hasher.finalize(), size: size), temporary: temporary,
            descriptor: descriptor)
        descriptor = -1
        return blob
    }
}

/// A blob whose bytes are written but that has no name yet.
struct PendingBlob: Sendable {
    let segment: StoredFile.Segment
    let temporary: String
    /// -1 when it is closed.
    let descriptor: Int32
    /// Whether the file is kept when the blob does not get its name.
    var isResumable = false
}
