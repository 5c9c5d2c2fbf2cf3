import CArchive

/// Decompresses Zstandard (RFC 8878), through libarchive, which checks the checksum of each frame that has one.
final class ZstdStream: ArchiveStream {
    /// What such a file begins with.
    static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    private let path: String
    private let archive: OpaquePointer
    private var hasBegun = false

    /// Opens the file at `path`.
    init(_ path: String) throws(StoreError) {
        self.path = path
        archive = archive_read_new()
        archive_read_support_filter_zstd(archive)
        archive_read_support_format_raw(archive)
        guard archive_read_open_filename(archive, path, 1 << 20) == ARCHIVE_OK else { throw failure }
    }

    deinit { archive_read_free(archive) }

    func next() throws(StoreError) -> UnsafeRawBufferPointer? {
        if !hasBegun {
            hasBegun = true
            var entry: OpaquePointer?
            let status = archive_read_next_header(archive, &entry)
            if status == ARCHIVE_EOF { return nil }
            guard status == ARCHIVE_OK else { throw failure }
        }
        var start: UnsafeRawPointer?
        var count = 0
        var offset: la_int64_t = 0
        switch archive_read_data_block(archive, &start, &count, &offset) {
        case ARCHIVE_OK: return UnsafeRawBufferPointer(start: start, count: count)
        case ARCHIVE_EOF: return nil
        default: throw failure
        }
    }

    private var failure: StoreError {
        let reason = archive_error_string(archive).flatMap { String(validatingCString: $0) }
        return .unreadableArchive(path: path, reason: reason ?? "damaged Zstandard data")
    }
}
