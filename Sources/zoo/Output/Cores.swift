import Dispatch
import Synchronization

/// Work on all cores.
enum Cores {
    /// What `work` makes of 0, 1, … in this order.
    static func map<Value: Sendable>(_ count: Int, _ work: @Sendable (Int) -> Value) -> [Value] {
        let made = Mutex<[Value?]>(Array(repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let value = work(index)
            made.withLock { $0[index] = value }
        }
        return made.withLock { $0.map { $0! } }
    }
}
