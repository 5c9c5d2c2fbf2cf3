import CZlib
import Foundation
import Testing
import ZooBase

@testable import ZooStore

/// A bit that is wrong is found wherever an archive keeps a sum of what it holds.
@Suite struct ArchiveDamageTests {
    typealias Entry = ArchiveFixture.Entry
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    private func expectRefused(_ path: String, _ reason: String) throws {
        let error = #expect(throws: StoreError.self) { try place.take(path) }
        #expect(error?.kind == .badInput)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(try place.store.blobs.all().isEmpty)
    }

    /// The bytes of the small model as a tar archive.
    private func tar() throws -> [UInt8] {
        try ArchiveFixture.write(ArchiveFixture.model(in: "m/"), to: place.path("plain.tar"), .tar)
        return try FilePaths.read(place.path("plain.tar"))
    }

    @Test(arguments: [ArchiveFixture.Form.zip, .whl, .tgz])
    func aFlippedBitInTheContentIsFound(_ form: ArchiveFixture.Form) throws {
        let path = place.path("flipped-1-py3-none-any.\(form.rawValue)")
        try ArchiveFixture.write(ArchiveFixture.model(in: "m/"), to: path, form)
        var bytes = try FilePaths.read(path)
        // Noise does not shrink: this byte is one of the weights, and no part of the compression's own.
        bytes[bytes.count / 2] ^= 0x10
        try AtomicFile.write(bytes, to: path)
        try expectRefused(path, form == .tgz ? "incorrect data check" : "model.safetensors: ZIP bad CRC")
    }

    @Test(arguments: [
        (-8, "incorrect data check"), (-4, "incorrect length check"), (4, "incorrect header check"), (0, ""),
    ])
    func theEndOfAGzipFileIsRead(_ change: Int, _ reason: String) throws {
        let path = place.path("end.tar.gz")
        var bytes = Self.gzip(try tar())
        // Garbage after the end is as suspect as a wrong sum.
        if change > 0 { bytes += [UInt8](repeating: 0xAB, count: change) }
        if change < 0 { bytes[bytes.count + change] ^= 1 }
        try AtomicFile.write(bytes, to: path)
        if change == 0 { #expect(try place.take(path).files.count == 5) } else { try expectRefused(path, reason) }
    }

    @Test func aGzipFileWithoutItsEndIsRefused() throws {
        let path = place.path("end.tar.gz")
        try AtomicFile.write(Self.gzip(try tar()).dropLast(3), to: path)
        try expectRefused(path, "ends early")
    }

    @Test func membersAndPaddingOfGzipAreRead() throws {
        let bytes = try tar()
        let path = place.path("members.tgz")
        let padding = [UInt8](repeating: 0, count: 1000)
        let members = Self.gzip(Array(bytes[..<70_000])) + Self.gzip(Array(bytes[70_000...]))
        try AtomicFile.write(members + padding, to: path)
        #expect(try place.take(path).files.count == 5)
    }

    @Test func theChecksumOfAZstandardFrameIsRead() throws {
        let path = place.path("frame.tar.zst")
        let bytes = try tar()
        try AtomicFile.write(Self.zstd(bytes, checksum: nil), to: path)
        #expect(try place.take(path).files.count == 5)
    }

    @Test func aWrongChecksumOfAZstandardFrameIsFound() throws {
        let path = place.path("frame.tar.zst")
        try AtomicFile.write(Self.zstd(try tar(), checksum: [1, 2, 3, 4]), to: path)
        try expectRefused(path, "checksum")
    }

    @Test(arguments: [nil, "config.json", "model.safetensors"])
    func aWheelIsHeldAgainstItsRecord(_ changed: String?) throws {
        let path = place.path("package-1-py3-none-any.whl")
        var entries = ArchiveFixture.model(in: "m, one/")
        let lines = entries.map { entry in
            let digest = Data(ContentDigest(of: entry.bytes).bytes).base64EncodedString()
            let stated = digest.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            return "\"\(entry.name)\",sha256=\(stated),\(entry.bytes.count)\r\n"
        }
        let record = "package-1.dist-info/RECORD"
        entries.append(Entry(name: record, bytes: Array((lines.joined() + "\(record),,\n").utf8)))
        if let changed, let index = entries.firstIndex(where: { $0.name == "m, one/\(changed)" }) {
            entries[index] = Entry(name: entries[index].name, bytes: entries[index].bytes.dropLast() + [0x5A])
        }
        try ArchiveFixture.write(entries, to: path, .whl)
        if let changed {
            try expectRefused(path, "entry \"m, one/\(changed)\" is not what the wheel's RECORD says")
        } else {
            #expect(try place.take(path).files.count == 5)
        }
    }

    @Test(arguments: ["fifo.zip", "fifo.tar.gz", "fifo.safetensors"], [false, true])
    func aPipeIsRefusedUnopened(_ name: String, _ isInFolder: Bool) throws {
        try place.write("m/config.json", Array("{}".utf8))
        mkfifo(place.path("m/\(name)"), 0o600)
        let error = #expect(throws: StoreError.self) { try place.take(place.path(isInFolder ? "m" : "m/\(name)")) }
        #expect(error?.kind == .badInput)
        #expect(error?.message.contains("not a regular file") == true, "\(error?.message ?? "")")
        let read = #expect(throws: FileError.self) { try FilePaths.read(place.path("m/\(name)")) }
        #expect(read?.kind == .badInput && read?.message.contains("not a regular file") == true)
    }

    /// A gzip file of stored blocks (RFC 1951, section 3.2.4).
    private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            let count = UInt16(block.count)
            file.append(block.endIndex == bytes.count ? 1 : 0)
            file += little(count) + little(~count) + block
        }
        let sum = bytes.withUnsafeBytes { zlib_crc32(0, $0.baseAddress, $0.count) }
        return file + little(sum) + little(UInt32(bytes.count))
    }

    /// A Zstandard frame of raw blocks (RFC 8878, section 3.1.1).
    private static func zstd(_ bytes: [UInt8], checksum: [UInt8]?) -> [UInt8] {
        // No size of the content, a window of 1 MB.
        var file: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, checksum == nil ? 0 : 4, 0x50]
        for start in stride(from: 0, to: bytes.count, by: 100_000) {
            let block = bytes[start..<min(start + 100_000, bytes.count)]
            let header = UInt32(block.count) << 3 | (block.endIndex == bytes.count ? 1 : 0)
            file += little(header).dropLast() + block
        }
        return file + (checksum ?? [])
    }

    private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
