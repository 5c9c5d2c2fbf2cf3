import CDigest
import Dispatch
import Glibc
import Synchronization
import ZooBase

/// Hashes many blobs, on every core and, where the processor gains by it, sixteen at once on each.
struct BlobVerification {
    /// A blob that has bytes other than its name says, or none.
    typealias Damage = (blob: Blob, reason: String)
    typealias Blob = (digest: ContentDigest, size: Int)

    /// A blob longer than this share of those hashed with it would go on alone when the others are done.
    private static let largestShare = 3

    private let blobs: BlobStore

    init(_ blobs: BlobStore) { self.blobs = blobs }

    /// The blobs that are damaged, and how.
    func run(_ list: [Blob], progress: (_ done: Int, _ total: Int) -> Void) -> [Damage] {
        let total = list.reduce(0) { $0 + $1.size }
        // The largest first, so that those hashed together take about as long.
        var rest = list.sorted { $0.size > $1.size }[...]
        var found: [Damage] = []
        var done = 0
        let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        while !rest.isEmpty {
            let some = Array(rest.prefix(256))
            rest = rest.dropFirst(some.count)
            var shares = Array(repeating: [Blob](), count: cores)
            var sizes = Array(repeating: 0, count: cores)
            for blob in some {
                let least = sizes.indices.min { sizes[$0] < sizes[$1] }!
                shares[least].append(blob)
                sizes[least] += blob.size
            }
            let damages = Mutex([Damage]())
            let (blobs, work) = (blobs, shares)
            DispatchQueue.concurrentPerform(iterations: cores) { core in
                let own = Self.check(work[core], blobs)
                damages.withLock { $0 += own }
            }
            done += some.reduce(0) { $0 + $1.size }
            progress(done, total)
            found += damages.withLock { $0 }.sorted { ($0.blob.size, $1.blob.digest) > ($1.blob.size, $0.blob.digest) }
        }
        return found
    }

    /// What is wrong with blobs that are given the largest first.
    private static func check(_ list: [Blob], _ blobs: BlobStore) -> [Damage] {
        var damages: [Damage] = []
        var together: [(blob: Blob, storage: ByteStorage)] = []
        var left = list.reduce(0) { $0 + $1.size }
        let gains = cd_sha256_gains() != 0
        for blob in list {
            do throws(StoreError) {
                if gains, blob.size * largestShare < left {
                    together.append((blob, try blobs.open(blob.digest, size: blob.size)))
                } else {
                    let storage = try blobs.open(blob.digest, size: blob.size, verify: true)
                    storage.relinquish(0..<storage.byteCount)
                    left -= blob.size
                }
            } catch {
                damages.append((blob, reason(error)))
            }
        }
        for ((blob, storage), digest) in zip(together, digests(together.map(\.storage))) {
            storage.relinquish(0..<storage.byteCount)
            if digest != blob.digest { damages.append((blob, "holds other bytes (\(digest.short))")) }
        }
        return damages
    }

    private static func reason(_ error: StoreError) -> String {
        guard case .damagedBlob(_, _, _, let found) = error else { return error.message }
        return "holds \(found ?? "nothing")"
    }

    /// The digests of storages, side by side; only where the processor gains by it.
    static func digests(_ storages: [ByteStorage]) -> [ContentDigest] {
        guard !storages.isEmpty else { return [] }
        var bytes = [UInt8](repeating: 0, count: 32 * storages.count)
        withExtendedLifetime(storages) {
            // A storage's bytes stay where they are as long as it lives.
            let addresses = storages.map { storage in
                storage.withUnsafeBytes { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
            }
            cd_sha256_many(addresses, storages.map(\.byteCount), storages.count, &bytes)
        }
        return (0..<storages.count).compactMap { index in
            ContentDigest(hex: bytes[32 * index..<32 * (index + 1)].map(Self.hexadecimal).joined())
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
