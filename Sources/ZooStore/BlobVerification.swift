import Dispatch
import Synchronization
import ZooBase

/// Hashes many blobs, as many at once as there are cores.
struct BlobVerification {
    private let blobs: BlobStore

    init(_ blobs: BlobStore) { self.blobs = blobs }

    /// The blobs that are damaged, and how.
    func run(
        _ list: [(digest: ContentDigest, size: Int)], progress: (_ done: Int, _ total: Int) -> Void
    ) -> [(blob: (digest: ContentDigest, size: Int), reason: String)] {
        let total = list.reduce(0) { $0 + $1.size }
        // The largest first, so that those hashed together take about as long.
        var rest = list.sorted { $0.size > $1.size }[...]
        var found: [(blob: (digest: ContentDigest, size: Int), reason: String)] = []
        var done = 0
        while !rest.isEmpty {
            let some = Array(rest.prefix(256))
            rest = rest.dropFirst(some.count)
            let reasons = Mutex([Int: String]())
            let blobs = blobs
            DispatchQueue.concurrentPerform(iterations: some.count) { index in
                if let reason = Self.check(some[index].digest, some[index].size, blobs) {
                    reasons.withLock { $0[index] = reason }
                }
            }
            done += some.reduce(0) { $0 + $1.size }
            progress(done, total)
            found += reasons.withLock { $0 }.sorted { $0.key < $1.key }.map { (some[$0.key], $0.value) }
        }
        return found
    }

    /// What is wrong with a blob.
    private static func check(_ digest: ContentDigest, _ size: Int, _ blobs: BlobStore) -> String? {
        do throws(StoreError) {
            let storage = try blobs.open(digest, size: size, verify: true)
            storage.relinquish(0..<storage.byteCount)
            return nil
        } catch {
            guard case .damagedBlob(_, _, _, let found) = error else { return error.message }
            return "holds \(found ?? "nothing")"
        }
    }
}
