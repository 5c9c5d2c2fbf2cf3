/// Threads, product libraries and memory: made once, used by one pass after another.
public final class Engine {
    /// The threads.
    public let workers: Workers
    /// The memory.
    public let arena = Arena()
    /// Number format of the matrix products; not to be changed while a pass is on.
    public var precision: Precision {
        get { products.precision }
        set { products.precision = newValue }
    }
    let products: Products
    /// Scratch memory of each worker.
    private var scratch: [UnsafeMutableBufferPointer<Float>]

    /// Starts `threads` threads (at least one).
    public init(threads: Int) {
        workers = Workers(count: threads)
        products = Products(workers: workers)
        scratch = workers.scratchSlots
    }

    deinit { for block in scratch { block.deallocate() } }

    /// Makes sure that each worker has `count` floats of scratch memory.
    func reserve(scratch count: Int) -> [UnsafeMutablePointer<Float>] {
        for index in scratch.indices where scratch[index].count < count {
            scratch[index].deallocate()
            let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
            scratch[index] = UnsafeMutableBufferPointer(
                start: memory.bindMemory(to: Float.self, capacity: count), count: count)
        }
        return scratch.map { $0.baseAddress! }
    }
}

extension Workers {
    fileprivate var scratchSlots: [UnsafeMutableBufferPointer<Float>] {
        (0..<count).map { _ in UnsafeMutableBufferPointer(start: nil, count: 0) }
    }
}
