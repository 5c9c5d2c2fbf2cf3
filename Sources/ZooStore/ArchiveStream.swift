import CArchive

/// A tar archive's bytes, decompressed.
protocol ArchiveStream: AnyObject {
    /// The next bytes, valid until the next call; nil at the end, when all that the compression says of the whole has
    /// been found true.
    func next() throws(StoreError) -> UnsafeRawBufferPointer?
}

/// Hands a stream to libarchive, and reads what that leaves of it.
final class ArchiveFeed {
    /// What the stream threw, which libarchive cannot pass on.
    private(set) var failure: StoreError?
    private let stream: any ArchiveStream

    init(_ stream: any ArchiveStream) { self.stream = stream }

    /// Makes it what `archive` reads; must outlive it.
    func open(_ archive: OpaquePointer) -> Int32 {
        archive_read_open(
            archive, Unmanaged.passUnretained(self).toOpaque(), nil,
            { _, feed, start in
                let feed = Unmanaged<ArchiveFeed>.fromOpaque(feed!).takeUnretainedValue()
                do throws(StoreError) {
                    let bytes = try feed.stream.next()
                    start?.pointee = bytes?.baseAddress
                    return bytes?.count ?? 0
                } catch {
                    feed.failure = error
                    return -1
                }
            }, nil)
    }

    /// Reads what comes after the archive's last entry: the compression's checks stand at its very end.
    ///
    /// - Returns: false when there are more than `limit` bytes.
    func drain(limit: Int) throws(StoreError) -> Bool {
        var count = 0
        while count <= limit, let bytes = try stream.next() { count += bytes.count }
        return count <= limit
    }
}
