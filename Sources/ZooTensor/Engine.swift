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
    let tokenGroups = TokenGroups()
    /// The largest pass that is known to come.
    private(set) var largestPass = PassSize(tokens: 0, sequences: 0, longest: 0)
    /// Scratch memory of each worker.
    private var scratch: [Buffer]

    /// Starts `threads` threads (at least one).
    public init(threads: Int) {
        workers = Workers(count: threads)
        products = Products(workers: workers)
        scratch = (0..<workers.count).map { _ in Buffer(zeros: 0) }
    }

    /// Says how large passes will be, so that memory need not grow from one to the next.
    ///
    /// A pass may be larger all the same.
    ///
    /// - Parameter activationBytes: what the activations and gradients of such a pass take.
    public func expect(_ size: PassSize, activationBytes: Int) {
        largestPass = size
        products.expectedRows = size.tokens
        arena.reserve(byteCount: activationBytes)
    }

    /// Makes sure that each worker has `count` floats of scratch memory.
    func reserve(scratch count: Int) -> [Buffer] {
        for index in scratch.indices { Buffer.reserve(&scratch[index], count) }
        return scratch
    }
}

/// How much a pass computes on.
public struct PassSize: Sendable, Hashable {
    /// Tokens of all sequences.
    public var tokens: Int
    /// Sequences.
    public var sequences: Int
    /// Tokens of the longest sequence.
    public var longest: Int

    /// Gathers the numbers.
    public init(tokens: Int, sequences: Int, longest: Int) {
        self.tokens = tokens
        self.sequences = sequences
        self.longest = longest
    }
}
