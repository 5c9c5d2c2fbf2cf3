internal import CKernels
internal import CProducts
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif
internal import Synchronization

/// A fixed pool of threads.
///
/// Work comes as tiles whose number and size depend on shapes only, so the number of threads changes no bit. Each thread
/// has a share of neighbouring tiles, the same share each time, so that it finds in its cache what it made before; when it
/// is through, it takes from the others' shares.
///
/// One thread at a time may call `run`. Each worker, the caller included, holds the product libraries to one thread.
public final class Workers {
    /// How many threads work, the caller included.
    public let count: Int
    private let crew: Crew
    private var threads: [pthread_t] = []

    /// Starts `count - 1` threads (at least none); the caller of `run` is the last worker.
    public init(count: Int) {
        self.count = max(1, count)
        crew = Crew(helpers: self.count - 1)
        for worker in 1..<max(2, self.count) where worker < self.count {
            let context = Unmanaged.passRetained(Helper(crew: crew, worker: worker))
            var thread = pthread_t()
            let status = pthread_create(&thread, nil, { Helper.enter($0) }, context.toOpaque())
            precondition(status == 0, "cannot start a thread: error \(status)")
            threads.append(thread)
        }
    }

    deinit {
        crew.stop()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Calls `body` once for each tile in `0..<tiles`, from all workers, and returns when all are done.
    public func run(tiles: Int, _ body: (_ tile: Int, _ worker: Int) -> Void) { run(tiles: tiles, then: 0, body) }

    /// The same for tiles of two kinds, `tiles` of the first and `more` of the second, numbered through: each worker has
    /// a share of both, and those of the second kind, which should be the smaller ones, come last.
    func run(tiles: Int, then more: Int, _ body: (_ tile: Int, _ worker: Int) -> Void) {
        cp_hold_products()
        guard count > 1, tiles + more > 1 else {
            for tile in 0..<tiles + more { body(tile, 0) }
            return
        }
        crew.run(tiles, more, body)
    }

    /// Calls `body` with the ranges of `size` elements (the last may be shorter) that `total` elements fall into.
    func run(over total: Int, by size: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
        run(tiles: (total + size - 1) / size) { tile, worker in
            body(tile * size..<min(total, (tile + 1) * size), worker)
        }
    }
}

/// What a helper thread is told at its start.
private final class Helper {
    private let crew: Crew
    private let worker: Int

    init(crew: Crew, worker: Int) {
        self.crew = crew
        self.worker = worker
    }

    static func enter(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        let helper = Unmanaged<Helper>.fromOpaque(context!).takeRetainedValue()
        helper.crew.serve(helper.worker)
        return nil
    }
}

/// What the threads share.
///
/// They keep it alive, so it outlives the `Workers` that started them until they end.
private final class Crew {
    private let helpers: Int
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let start = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let finish = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let shares: Shares
    /// Helpers that have not finished the present work.
    private let busy = Atomic<Int>(0)
    /// Counts the calls of `run`; changed under the lock.
    private let generation = Atomic<Int>(0)
    /// How often a thread looks before it sleeps: some microseconds, about as long as what lies between two regions of
    /// a training step; never when threads have to share a processor.
    private let looks: Int
    // The following are guarded by the lock.
    private var isStopping = false
    private var loan = ck_loan()

    init(helpers: Int) {
        self.helpers = helpers
        shares = Shares(workers: helpers + 1)
        looks = helpers < Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) ? 400 : 0
        pthread_mutex_init(lock, nil)
        pthread_cond_init(start, nil)
        pthread_cond_init(finish, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(start)
        pthread_cond_destroy(finish)
        lock.deallocate()
        start.deallocate()
        finish.deallocate()
    }

    func stop() {
        pthread_mutex_lock(lock)
        isStopping = true
        pthread_cond_broadcast(start)
        pthread_mutex_unlock(lock)
    }

    /// Not to be inlined: so the caller keeps all that `body` closes over until the workers are done.
    @inline(never) func run(_ tiles: Int, _ more: Int, _ body: (_ tile: Int, _ worker: Int) -> Void) {
        var loan = ck_loan()
        lend(body, to: &loan)
        pthread_mutex_lock(lock)
        self.loan = loan
        shares.deal(tiles, more)
        busy.store(helpers, ordering: .relaxed)
        generation.wrappingAdd(1, ordering: .releasing)
        pthread_cond_broadcast(start)
        pthread_mutex_unlock(lock)

        claim(0, loan)

        look { busy.load(ordering: .acquiring) == 0 }
        pthread_mutex_lock(lock)
        while busy.load(ordering: .acquiring) > 0 { pthread_cond_wait(finish, lock) }
        self.loan = ck_loan()
        pthread_mutex_unlock(lock)
    }

    func serve(_ worker: Int) {
        var seen = 0
        while true {
            look { generation.load(ordering: .acquiring) != seen }
            pthread_mutex_lock(lock)
            while generation.load(ordering: .relaxed) == seen && !isStopping { pthread_cond_wait(start, lock) }
            if isStopping { break }
            seen = generation.load(ordering: .relaxed)
            let loan = loan
            pthread_mutex_unlock(lock)
            claim(worker, loan)
            if busy.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                pthread_mutex_lock(lock)
                pthread_cond_signal(finish)
                pthread_mutex_unlock(lock)
            }
        }
        pthread_mutex_unlock(lock)
    }

    private func look(_ isDone: () -> Bool) {
        for _ in 0..<looks {
            if isDone() { return }
            ck_pause()
        }
    }

    private func claim(_ worker: Int, _ loan: ck_loan) {
        cp_hold_products()
        for turn in 0...helpers { shares.claim((worker + turn) % (helpers + 1)) { ck_call(loan, $0, worker) } }
    }
}

/// Makes a closure callable from other threads by `ck_call`, for as long as its caller waits.
///
/// It needs no memory, as making it an escaping closure would. In CKernels/loan.c.
@_silgen_name("ck_lend")
private func lend(_ body: (_ tile: Int, _ worker: Int) -> Void, to loan: UnsafeMutablePointer<ck_loan>)

/// The tiles of two kinds that each worker should take.
private final class Shares {
    private let workers: Int
    /// For each worker and kind the next tile and the end of its share, in cache lines of their own, so that workers do
    /// not wait for each other's counting.
    private let numbers: UnsafeMutablePointer<Atomic<Int>>
    private static let spacing = 16

    init(workers: Int) {
        self.workers = workers
        numbers = .allocate(capacity: 2 * workers * Self.spacing)
        for index in 0..<2 * workers * Self.spacing { (numbers + index).initialize(to: Atomic(0)) }
    }

    deinit { numbers.deallocate() }

    private func share(_ worker: Int, _ kind: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        numbers + (2 * worker + kind) * Self.spacing
    }

    /// Divides the tiles; no worker may be claiming.
    func deal(_ tiles: Int, _ more: Int) {
        for worker in 0..<workers {
            deal(share(worker, 0), 0, tiles, worker)
            deal(share(worker, 1), tiles, more, worker)
        }
    }

    private func deal(_ share: UnsafeMutablePointer<Atomic<Int>>, _ first: Int, _ count: Int, _ worker: Int) {
        share[0].store(first + count * worker / workers, ordering: .relaxed)
        share[1].store(first + count * (worker + 1) / workers, ordering: .relaxed)
    }

    /// Calls `body` for each tile of a worker's share that nobody took before.
    func claim(_ worker: Int, _ body: (Int) -> Void) {
        for kind in 0..<2 {
            let share = share(worker, kind)
            while true {
                let tile = share[0].wrappingAdd(1, ordering: .relaxed).oldValue
                guard tile < share[1].load(ordering: .relaxed) else { break }
                body(tile)
            }
        }
    }
}
