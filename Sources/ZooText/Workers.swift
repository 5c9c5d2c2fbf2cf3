import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Spreads independent work over threads.
enum Workers {
    /// Texts that a thread takes at a time: enough that taking them costs nothing, few enough that all end together.
    private static let chunk = 128

    /// `body(state, index)` for each index below `count`, in order; each thread makes one `state` and keeps it.
    static func map<State, Result: Sendable>(
        _ count: Int, threads: Int, state makeState: @escaping @Sendable () -> State,
        body: @escaping @Sendable (inout State, Int) -> Result
    ) -> [Result] {
        let chunks = (count + chunk - 1) / chunk
        let threads = min(max(threads, 1), max(chunks, 1))
        if threads == 1 {
            var state = makeState()
            return (0..<count).map { body(&state, $0) }
        }
        let job = Job<Result>()
        run(threads) {
            var state = makeState()
            while true {
                let number = job.next.add(1, ordering: .relaxed).oldValue
                guard number < chunks else { return }
                let range = number * chunk..<min(count, (number + 1) * chunk)
                let results = range.map { body(&state, $0) }
                job.results.withLock { $0[number] = results }
            }
        }
        let results = job.results.withLock { $0 }
        var all: [Result] = []
        all.reserveCapacity(count)
        for number in 0..<chunks { all += results[number] ?? [] }
        return all
    }

    private final class Job<Result: Sendable>: Sendable {
        let next = Atomic<Int>(0)
        let results = Mutex<[Int: [Result]]>([:])
    }

    /// What a thread runs.
    private final class Body: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on `threads` threads, the calling one among them, and returns when all have ended.
    ///
    /// A thread that the system refuses is done without.
    private static func run(_ threads: Int, _ body: @escaping @Sendable () -> Void) {
        var handles: [pthread_t] = []
        for _ in 1..<threads {
            let argument = unsafe Unmanaged.passRetained(Body(body))
            var handle = pthread_t()
            let code = unsafe pthread_create(
                &handle, nil,
                { argument in
                    guard let argument = unsafe argument else { return nil }
                    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().body()
                    return nil
                }, argument.toOpaque())
            if code == 0 { handles.append(handle) } else { unsafe argument.release() }
        }
        body()
        for handle in handles { pthread_join(handle, nil) }
    }
}
