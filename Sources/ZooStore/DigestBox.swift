import Synchronization
import ZooBase

/// A digest handed from one thread to another.
final class DigestBox: Sendable {
    private let stored = Mutex<(digest: ContentDigest, size: Int)?>(nil)

    func set(_ digest: ContentDigest, size: Int) { stored.withLock { $0 = (digest, size) } }
    var value: (digest: ContentDigest, size: Int)? { stored.withLock { $0 } }
}
