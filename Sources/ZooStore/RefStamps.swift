import Dispatch
import Glibc
import Synchronization
import ZooBase

/// When the folders of the models last changed: what tells whether the index is up to date.
///
/// Two system calls a model are most of what a look-up in a large registry costs, so nothing else is done for each, and
/// they are made on all cores.
struct RefStamps: Sendable {
    /// When the two folders of a model changed, in nanoseconds; -1 for one that is not there.
    struct Stamp: Equatable, Sendable {
        let versions: Int64
        let aliases: Int64

        var latest: Int64 { max(versions, aliases) }
    }

    /// Models that one core looks at before it takes the next ones.
    private static let part = 256

    /// The names of the models' folders, each with a zero behind it, and where each begins.
    private var names: [CChar] = []
    private var starts: [Int] = []
    private var stamps: [Stamp] = []
    /// One number over all of them, whatever their order: while it is the same, so is every stamp.
    private(set) var sum: UInt64 = 0
    /// When reading them began, in nanoseconds.
    let began: Int64

    /// The name of each model's folder, and its stamp.
    var entries: [(folder: String, stamp: Stamp)] {
        names.withUnsafeBufferPointer { names in
            zip(starts, stamps).map { (String(cString: names.baseAddress! + $0), $1) }
        }
    }

    /// Reads the stamps of the models in the folder at `path`.
    ///
    /// - Throws: `StoreError.file`.
    init(_ path: String) throws(StoreError) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        began = Self.nanoseconds(now)
        guard let folder = opendir(path) else { throw .file(FileError("open folder", path)) }
        defer { closedir(folder) }
        errno = 0
        while let entry = readdir(folder) {
            withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    guard name[0] != CChar(UInt8(ascii: ".")) else { return }
                    starts.append(names.count)
                    names.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
                }
            }
            errno = 0
        }
        guard errno == 0 else { throw .file(FileError("read folder", path)) }
        readStamps(dirfd(folder))
    }

    /// Reads the stamp of each model in the folder that is open as `folder`.
    private mutating func readStamps(_ folder: Int32) {
        let (names, starts) = (names, starts)
        let found = Mutex<(stamps: [Stamp], sum: UInt64)>(
            (Array(repeating: Stamp(versions: -1, aliases: -1), count: starts.count), 0))
        DispatchQueue.concurrentPerform(iterations: (starts.count + Self.part - 1) / Self.part) { part in
            let places = part * Self.part..<min((part + 1) * Self.part, starts.count)
            var stamps: [Stamp] = []
            var sum: UInt64 = 0
            names.withUnsafeBufferPointer { names in
                for place in places {
                    let name = names.baseAddress! + starts[place]
                    stamps.append(Self.stamp(of: name, in: folder))
                    sum &+= Self.number(name, stamps.last!)
                }
            }
            found.withLock {
                $0.stamps.replaceSubrange(places, with: stamps)
                $0.sum &+= sum
            }
        }
        (stamps, sum) = found.withLock { $0 }
    }

    private static func stamp(of name: UnsafePointer<CChar>, in folder: Int32) -> Stamp {
        // A name has at most 255 bytes.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { path in
            let length = strlen(name)
            path.baseAddress!.update(from: name, count: length)
            func changed(_ suffix: StaticString) -> Int64 {
                memcpy(path.baseAddress! + length, suffix.utf8Start, suffix.utf8CodeUnitCount + 1)
                var info = stat()
                guard fstatat(folder, path.baseAddress!, &info, 0) == 0 else { return -1 }
                return nanoseconds(info.st_mtim)
            }
            return Stamp(versions: changed("/versions"), aliases: changed("/aliases"))
        }
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        // A folder may carry any time; one that does not fit still differs from another.
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// FNV-1a over the name and the stamp, its bits then mixed so that sums of such numbers differ.
    private static func number(_ name: UnsafePointer<CChar>, _ stamp: Stamp) -> UInt64 {
        var number: UInt64 = 0xcbf2_9ce4_8422_2325
        var next = name
        while next.pointee != 0 {
            number = (number ^ UInt64(UInt8(bitPattern: next.pointee))) &* 0x100_0000_01b3
            next += 1
        }
        for value in [UInt64(bitPattern: stamp.versions), UInt64(bitPattern: stamp.aliases)] {
            number = (number ^ value) &* 0xff51_afd7_ed55_8ccd
            number ^= number >> 33
        }
        number &*= 0xc4ce_b9fe_1a85_ec53
        return number ^ number >> 29
    }
}
