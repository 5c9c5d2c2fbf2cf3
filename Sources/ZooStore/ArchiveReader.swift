import CArchive
import ZooBase

/// Reads a zip or tar archive entry by entry, through libarchive.
final class ArchiveReader {
    /// The archives we read, by the end of their names.
    static let suffixes = [".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst"]

    /// What an entry is.
    enum Kind: Equatable {
        case file
        case folder
        case symbolicLink(target: String)
        case hardLink(target: String)
        case other
    }

    /// One entry, as the archive names it.
    struct Entry {
        let name: String
        let kind: Kind
        /// The size the archive declares; nil when it does not.
        let size: Int?
    }

    private let path: String
    private let archive: OpaquePointer
    /// What decompresses a tar archive; nil when nothing has to.
    private let feed: ArchiveFeed?
    private var current = ""

    /// Opens the archive at `path`; anything but a regular file is refused.
    init(_ path: String) throws(StoreError) {
        self.path = path
        let file = try ChunkReader(path)
        let start = try file.next() ?? []
        if start.starts(with: GzipStream.magic) {
            feed = ArchiveFeed(GzipStream(path, file, start: start))
        } else if start.starts(with: ZstdStream.magic) {
            feed = ArchiveFeed(try ZstdStream(path))
        } else {
            feed = nil
        }
        archive = archive_read_new()
        archive_read_support_format_tar(archive)
        if feed == nil { archive_read_support_format_zip_seekable(archive) }
        let status = feed?.open(archive) ?? archive_read_open_filename(archive, path, 1 << 20)
        guard status == ARCHIVE_OK else { throw failure }
    }

    deinit { archive_read_free(archive) }

    /// The next entry; what is left of the one before is skipped, without decompression where the format allows.
    func next() throws(StoreError) -> Entry? {
        var entry: OpaquePointer?
        current = ""
        let status = archive_read_next_header(archive, &entry)
        if status == ARCHIVE_EOF {
            guard try feed?.drain(limit: ArchiveListing.contentLimit(path)) != false else {
                throw .unreadableArchive(path: path, reason: "it goes on long after its last entry")
            }
            return nil
        }
        // A warning is about attributes we do not read, unless the name is missing.
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure }
        guard let name = text(archive_entry_pathname_utf8(entry)) ?? text(archive_entry_pathname(entry)) else {
            throw .unreadableArchive(path: path, reason: "an entry has a name that is not UTF-8")
        }
        current = name
        let size = archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil
        let kind: Kind
        if let target = text(archive_entry_hardlink_utf8(entry)) ?? text(archive_entry_hardlink(entry)) {
            kind = .hardLink(target: target)
        } else {
            switch archive_entry_filetype(entry) & 0o170000 {
            case 0o100000: kind = .file
            case 0o040000: kind = .folder
            case 0o120000:
                kind = .symbolicLink(
                    target: text(archive_entry_symlink_utf8(entry)) ?? text(archive_entry_symlink(entry)) ?? "")
            default: kind = .other
            }
        }
        return Entry(name: name, kind: kind, size: size)
    }

    /// Hands the current entry's bytes to `body` in order; holes of a sparse file come as zeros.
    func read(_ body: ([UInt8]) throws(StoreError) -> Void) throws(StoreError) {
        var position = 0
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let status = archive_read_data_block(archive, &start, &count, &offset)
            if status == ARCHIVE_EOF { return }
            // A warning is how the library tells of a wrong CRC-32.
            guard status == ARCHIVE_OK else { throw failure }
            while position < offset {
                let zeros = min(1 << 20, Int(offset) - position)
                try body([UInt8](repeating: 0, count: zeros))
                position += zeros
            }
            guard position == offset else { throw .unreadableArchive(path: path, reason: "an entry's parts overlap") }
            try body([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
            position += count
        }
    }

    private var failure: StoreError {
        if let failure = feed?.failure { return failure }
        let reason = text(archive_error_string(archive)) ?? "unknown format"
        return .unreadableArchive(path: path, reason: current.isEmpty ? reason : "\(current): \(reason)")
    }

    private func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        pointer.flatMap { String(validatingCString: $0) }
    }
}
