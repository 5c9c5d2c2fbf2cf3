internal import CZlib

/// A PyTorch file around a pickle: a zip archive of stored entries with sound checksums, so that what is fuzzed is the
/// pickle and not the checksum.
struct TorchArchive {
    /// The archive.
    private(set) var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// An archive of `pickle` and four storages of 64 bytes.
    init(pickle: [UInt8]) {
        add("archive/data.pkl", pickle)
        for storage in 0..<4 { add("archive/data/\(storage)", [UInt8](0..<64)) }
        add("archive/version", Array("3\n".utf8))
        let start = bytes.count
        bytes += directory
        bytes += little(0x0605_4B50, 4) + [0, 0, 0, 0] + little(count, 2) + little(count, 2)
        bytes += little(directory.count, 4) + little(start, 4) + [0, 0]
    }

    private mutating func add(_ name: String, _ content: [UInt8]) {
        let sizes = little(Int(Self.checksum(content)), 4) + little(content.count, 4) + little(content.count, 4)
        // Version, flags, method, time, date (1 January 1980), checksum and sizes, length of the name, no extra field.
        let fields = little(20, 2) + [0, 0, 0, 0, 0, 0, 0x21, 0] + sizes + little(name.utf8.count, 2) + [0, 0]
        directory += little(0x0201_4B50, 4) + little(20, 2) + fields
        directory += [UInt8](repeating: 0, count: 10) + little(bytes.count, 4) + Array(name.utf8)
        bytes += little(0x0403_4B50, 4) + fields + Array(name.utf8) + content
        count += 1
    }

    private func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// CRC-32 (ISO 3309).
    private static func checksum(_ content: [UInt8]) -> UInt { crc32(0, content, UInt32(content.count)) }
}
