import Dispatch
import Synchronization

/// A value that another core computes while who asked for it does something else.
public final class Later<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, StoreError>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ compute: @escaping @Sendable () throws(StoreError) -> Value) {
        DispatchQueue.global(qos: .userInitiated).async { [self] in
            let result = Result { () throws(StoreError) in try compute() }
            outcome.withLock { $0 = result }
            isDone.signal()
        }
    }

    /// The value, as soon as it is there.
    ///
    /// - Throws: what computing it threw.
    public func value() throws(StoreError) -> Value {
        isDone.wait()
        isDone.signal()
        return try outcome.withLock { $0! }.get()
    }
}
