import Dispatch
import Synchronization
import ZooBase

/// Hashes many blobs, as many at once as there are cores.
struct BlobVerification {
    private let blobs: BlobStore

    init(_ blobs: BlobStore) { self.blobs = blobs }

    /// What is wrong with a blob; `isUnreadable` when the system did not let it be read.
    struct Fault: Sendable {
        let reason: String
        let isUnreadable: Bool
    }

    /// The blobs that are damaged or cannot be read, and how.
    func run(
        _ list: [(digest: ContentDigest, size: Int)], progress: (_ done: Int, _ total: Int) -> Void
    ) -> [(blob: (digest: ContentDigest, size: Int), fault: Fault)] {
        let total = list.reduce(0) { $0 + $1.size }
        // The largest first, so that those hashed together take about as long.
        var rest = list.sorted { $0.size > $1.size }[...]
        var found: [(blob: (digest: ContentDigest, size: Int), fault: Fault)] = []
        var done = 0
        while !rest.isEmpty {
            let some = Array(rest.prefix(256))
            rest = rest.dropFirst(some.count)
            let faults = Mutex([Int: Fault]())
            let blobs = blobs
            DispatchQueue.concurrentPerform(iterations: some.count) { index in
                if let fault = Self.check(some[index].digest, some[index].size, blobs) {
                    faults.withLock { $0[index] = fault }
                }
            }
            done += some.reduce(0) { $0 + $1.size }
            progress(done, total)
            found += faults.withLock { $0 }.sorted { $0.key < $1.key }.map { (some[$0.key], $0.value) }
        }
        return found
    }

    /// What is wrong with a blob.
    static func check(_ digest: ContentDigest, _ size: Int, _ blobs: BlobStore) -> Fault? {
        do throws(StoreError) {
            let storage = try blobs.open(digest, size: size, verify: true)
            storage.relinquish(0..<storage.byteCount)
            return nil
        } catch {
            guard case .damagedBlob(_, _, _, let found) = error else {
                return Fault(reason: error.message, isUnreadable: error.isOfSystem)
            }
            return Fault(reason: "holds \(found ?? "nothing")", isUnreadable: false)
        }
    }
}
