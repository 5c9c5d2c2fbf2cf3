import Glibc
import ZooBase

/// When the folders of the models last changed: what tells whether the index is up to date.
///
/// Two system calls a model are most of what a look-up in a large registry costs, so nothing else is done for each.
struct RefStamps: Sendable {
    /// When the two folders of a model changed, in nanoseconds; -1 for one that is not there.
    struct Stamp: Equatable, Sendable {
        let versions: Int64
        let aliases: Int64

        var latest: Int64 { max(versions, aliases) }
    }

    /// The name of each model's folder, and its stamp.
    private(set) var entries: [(folder: String, stamp: Stamp)] = []
    /// One number over all of them, whatever their order: while it is the same, so is every stamp.
    private(set) var sum: UInt64 = 0
    /// When reading them began, in nanoseconds.
    let began: Int64

    /// Reads the stamps of the models in the folder at `path`.
    ///
    /// - Throws: `StoreError.file`.
    init(_ path: String) throws(StoreError) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        began = Self.nanoseconds(now)
        guard let folder = opendir(path) else { throw .file(FileError("open folder", path)) }
        defer { closedir(folder) }
        let descriptor = dirfd(folder)
        var buffer = [CChar](repeating: 0, count: 512)
        while let entry = readdir(folder) {
            let length = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    let length = strlen(name)
                    buffer.withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: name, count: length) }
                    return length
                }
            }
            guard buffer[0] != CChar(UInt8(ascii: ".")) else { continue }
            let stamp = Stamp(
                versions: Self.changed(descriptor, &buffer, length, "/versions"),
                aliases: Self.changed(descriptor, &buffer, length, "/aliases"))
            let name = buffer.withUnsafeBytes { String(decoding: $0[..<length], as: UTF8.self) }
            entries.append((name, stamp))
            sum &+= Self.number(buffer, length, stamp)
        }
    }

    /// When the entries of the folder `buffer[..<length]` + `suffix` last changed.
    private static func changed(
        _ folder: Int32, _ buffer: inout [CChar], _ length: Int, _ suffix: StaticString
    ) -> Int64 {
        buffer.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[length...]).copyMemory(
                from: UnsafeRawBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount))
            bytes[length + suffix.utf8CodeUnitCount] = 0
        }
        var info = stat()
        guard fstatat(folder, buffer, &info, 0) == 0 else { return -1 }
        return nanoseconds(info.st_mtim)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        // A folder may carry any time; one that does not fit still differs from another.
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// FNV-1a over the name and the stamp, its bits then mixed so that sums of such numbers differ.
    private static func number(_ name: [CChar], _ length: Int, _ stamp: Stamp) -> UInt64 {
        var number: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in 0..<length { number = (number ^ UInt64(UInt8(bitPattern: name[index]))) &* 0x100_0000_01b3 }
        for value in [UInt64(bitPattern: stamp.versions), UInt64(bitPattern: stamp.aliases)] {
            number = (number ^ value) &* 0xff51_afd7_ed55_8ccd
            number ^= number >> 33
        }
        number &*= 0xc4ce_b9fe_1a85_ec53
        return number ^ number >> 29
    }
}
