import CArchive
import Foundation
import Testing
import ZooBase

@testable import ZooStore

/// Writes archives entry by entry, well-formed or hostile.
struct ArchiveFixture {
    struct Entry {
        enum Kind { case file, folder, symbolicLink(String), hardLink(String), device }
        let name: String
        var kind = Kind.file
        var bytes: [UInt8] = []
    }

    enum Form: String, CaseIterable { case zip, whl, tar, tgz = "tar.gz", zst = "tar.zst" }

    static func write(_ entries: [Entry], to path: String, _ form: Form) throws {
        let archive = archive_write_new()
        defer { archive_write_free(archive) }
        switch form {
        case .zip, .whl: archive_write_set_format_zip(archive)
        case .tar, .tgz, .zst: archive_write_set_format_pax_restricted(archive)
        }
        if form == .tgz { archive_write_add_filter_gzip(archive) }
        if form == .zst { archive_write_add_filter_zstd(archive) }
        try FilePaths.makeFolder(FilePaths.parent(of: path))
        try #require(archive_write_open_filename(archive, path) == ARCHIVE_OK)
        for item in entries {
            let entry = archive_entry_new()
            defer { archive_entry_free(entry) }
            archive_entry_set_pathname(entry, item.name)
            archive_entry_set_perm(entry, 0o644)
            archive_entry_set_filetype(entry, 0o100000)
            archive_entry_set_size(entry, la_int64_t(item.bytes.count))
            switch item.kind {
            case .file: break
            case .folder: archive_entry_set_filetype(entry, 0o040000)
            case .symbolicLink(let target):
                archive_entry_set_filetype(entry, 0o120000)
                archive_entry_set_symlink(entry, target)
            case .hardLink(let target): archive_entry_set_hardlink(entry, target)
            case .device:
                archive_entry_set_filetype(entry, 0o020000)
                archive_entry_set_rdevmajor(entry, 1)
                archive_entry_set_rdevminor(entry, 3)
            }
            try #require(archive_write_header(archive, entry) == ARCHIVE_OK, "\(item.name)")
            if !item.bytes.isEmpty {
                try #require(archive_write_data(archive, item.bytes, item.bytes.count) == item.bytes.count)
            }
        }
        try #require(archive_write_close(archive) == ARCHIVE_OK)
    }

    /// A small model in `folder` (with the slash at its end), with the package around it.
    static func model(in folder: String) -> [Entry] {
        [
            Entry(name: folder + "config.json", bytes: Array("{}".utf8)),
            Entry(name: folder + "model.safetensors", bytes: noise(200_000)),
            Entry(name: folder + "README.md", bytes: Array("---\nlicense: apache-2.0\n---\n# card\n".utf8)),
            Entry(name: folder + "1_Pooling/config.json", bytes: Array("{\"a\":1}".utf8)),
            Entry(name: folder + "empty.txt"),
            Entry(name: "package-1.dist-info/METADATA", bytes: Array("Name: package\nLicense: MIT\n\nx".utf8)),
        ]
    }
}

extension TemporaryStore {
    /// Takes the model folder, archive or file at `path`, uncut.
    func take(_ path: String) throws -> TakenModel {
        let writer = try store.writer()
        return try writer.take(try ModelLocation(at: path), cutter: uncut) { _, _ in }
    }
}
