import Dispatch
import Glibc
import Synchronization
import ZooBase

/// The regular files below a folder and their sizes; links to folders are not followed, so there is no loop.
struct FolderWalk {
    private(set) var files: [ExactString: Int] = [:]
    private(set) var problems: [(place: String, error: StoreError)] = []
    /// What everything looked like as it was seen.
    private(set) var stamps = FolderStamps()

    /// Walks the folder at `root`.
    ///
    /// - Throws: `StoreError.file` when the folder itself cannot be read.
    init(_ root: String) throws(StoreError) { try visit(root, relative: "") }

    private mutating func visit(_ folder: String, relative: String) throws(StoreError) {
        // Before its names are read: a name that comes meanwhile changes the stamp of then.
        stamps.add(relative.isEmpty ? "." : relative, FolderStamps.look(at: folder))
        let names: [String]
        do { names = try FilePaths.list(folder) } catch {
            if relative.isEmpty { throw .file(error) }
            problems.append((relative, .file(error)))
            return
        }
        for name in names where !name.hasPrefix(".git") || name == ".gitattributes" {
            let path = FilePaths.join(folder, name)
            let inside = relative.isEmpty ? name : relative + "/" + name
            var info = stat()
            guard lstat(path, &info) == 0 else { continue }
            if info.st_mode & S_IFMT == S_IFDIR {
                try visit(path, relative: inside)
            } else {
                let seen = FolderStamps.look(at: path)
                stamps.add(inside, seen)
                if let seen, seen.st_mode & S_IFMT == S_IFREG { files[ExactString(inside)] = Int(seen.st_size) }
            }
        }
    }
}

/// What the files and folders below a folder looked like: as long as they look the same, a look into them finds the same.
///
/// Of each, in no order: which it is (device and inode), what it is, its size, and when its content and its
/// attributes last changed. No program can set the last of these.
struct FolderStamps {
    /// Paths that one core looks at before it takes the next ones.
    private static let part = 512

    /// The paths, relative to the folder, each with a zero behind it.
    private(set) var paths: [UInt8] = []
    /// One number over all of them.
    private(set) var sum: UInt64 = 0
    /// When the last of them changed, in nanoseconds.
    private(set) var newest = Int64.min

    /// Of nothing yet.
    init() {}

    /// Looks again at `paths` below the folder at `root`, on all cores; nil when the folder is gone.
    init?(of paths: [UInt8], in root: String) {
        let folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        defer { close(folder) }
        guard paths.last == 0 else { return nil }
        let starts = Self.starts(of: paths)
        let found = Mutex<(sum: UInt64, newest: Int64)>((0, .min))
        DispatchQueue.concurrentPerform(iterations: (starts.count + Self.part - 1) / Self.part) { part in
            var (sum, newest) = (UInt64(0), Int64.min)
            paths.withUnsafeBytes { bytes in
                for place in part * Self.part..<min((part + 1) * Self.part, starts.count) {
                    let path = bytes.baseAddress! + starts[place]
                    let end = place + 1 < starts.count ? starts[place + 1] : bytes.count
                    var info = stat()
                    let isThere = fstatat(folder, path.assumingMemoryBound(to: CChar.self), &info, 0) == 0
                    let name = UnsafeRawBufferPointer(start: path, count: end - starts[place] - 1)
                    sum &+= Self.number(name, isThere ? info : nil)
                    if isThere { newest = max(newest, Self.changed(info)) }
                }
            }
            found.withLock { $0 = ($0.sum &+ sum, max($0.newest, newest)) }
        }
        self.paths = paths
        (sum, newest) = found.withLock { $0 }
    }

    /// Where each of the paths begins.
    private static func starts(of paths: [UInt8]) -> [Int] {
        var starts: [Int] = []
        var start = 0
        while start < paths.count {
            starts.append(start)
            while paths[start] != 0 { start += 1 }
            start += 1
        }
        return starts
    }

    /// Adds `path` as it looks; nil for one that is not there, as behind a broken link.
    fileprivate mutating func add(_ path: String, _ info: stat?) {
        let start = paths.count
        paths += path.utf8
        paths.withUnsafeBytes { sum &+= Self.number(UnsafeRawBufferPointer(rebasing: $0[start...]), info) }
        paths.append(0)
        if let info { newest = max(newest, Self.changed(info)) }
    }

    /// What lies at `path`, a link followed.
    fileprivate static func look(at path: String) -> stat? {
        var info = stat()
        return stat(path, &info) == 0 ? info : nil
    }

    private static func changed(_ info: stat) -> Int64 { max(nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)) }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        // A file may carry any time; one that does not fit still differs from another.
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    private static func number(_ path: UnsafeRawBufferPointer, _ info: stat?) -> UInt64 {
        var seal = Seal()
        seal.take(path)
        if let info {
            seal.take(Int(truncatingIfNeeded: info.st_dev))
            seal.take(Int(truncatingIfNeeded: info.st_ino))
            seal.take(Int(info.st_mode))
            // The size of a folder is the file system's own affair.
            if info.st_mode & S_IFMT != S_IFDIR { seal.take(Int(info.st_size)) }
            seal.take(Int(nanoseconds(info.st_mtim)))
            seal.take(Int(nanoseconds(info.st_ctim)))
        }
        // Mixed once more, so that sums of such numbers differ.
        var number = UInt64(bitPattern: seal.value) &* 0xff51_afd7_ed55_8ccd
        number ^= number >> 33
        number &*= 0xc4ce_b9fe_1a85_ec53
        return number ^ number >> 29
    }
}
