import Dispatch
import Synchronization

/// A thread that does one kind of work on chunks in the order they come, a bounded number behind its feeder.
///
/// The first failure is kept and thrown at the next `send` or `finish`; what is sent after it is dropped.
final class Lane: Sendable {
    private let queue: DispatchQueue
    private let room = DispatchSemaphore(value: 8)
    private let failure = Mutex<StoreError?>(nil)

    init(_ label: String) { queue = DispatchQueue(label: "zoo.\(label)") }

    func send(_ work: @escaping @Sendable () throws(StoreError) -> Void) throws(StoreError) {
        try check()
        room.wait()
        queue.async { [self] in
            defer { room.signal() }
            guard failure.withLock({ $0 == nil }) else { return }
            do throws(StoreError) { try work() } catch { failure.withLock { $0 = error } }
        }
    }

    /// Waits until everything sent is done.
    func finish() throws(StoreError) {
        queue.sync {}
        try check()
    }

    private func check() throws(StoreError) {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
