/// Memory for activations and gradients, reused from step to step.
///
/// Buffers go back when the last reference to them goes, so inference keeps only what it still needs. Contents are not
/// cleared.
///
/// Not for use by two threads at once; a buffer's elements may be.
public final class Arena {
    private let free = FreeList()

    /// An empty arena.
    public init() {}

    /// Bytes obtained from the system so far.
    public var byteCount: Int { free.byteCount }

    func buffer(_ count: Int) -> Buffer { Buffer(count: count, capacity: Self.capacity(for: count), owner: free) }

    /// Sizes are rounded up to a quarter of a power of two, so that batches of nearly the same length share buffers.
    static func capacity(for count: Int) -> Int {
        let least = max(count, 1024)
        let step = 1 << (Int.bitWidth - 1 - least.leadingZeroBitCount - 2)
        return (least + step - 1) / step * step
    }
}

/// The blocks not in use, by capacity.
final class FreeList {
    private var blocks: [Int: [UnsafeMutablePointer<Float>]] = [:]
    private(set) var byteCount = 0

    func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
        if let block = blocks[capacity]?.popLast() { return block }
        byteCount += capacity * 4
        return UnsafeMutableRawPointer.allocate(byteCount: capacity * 4, alignment: 64)
            .bindMemory(to: Float.self, capacity: capacity)
    }

    func give(_ block: UnsafeMutablePointer<Float>, _ capacity: Int) { blocks[capacity, default: []].append(block) }

    deinit {
        for list in blocks.values {
            for block in list { block.deallocate() }
        }
    }
}

/// A run of floats, aligned to 64 bytes.
final class Buffer {
    let count: Int
    let start: UnsafeMutablePointer<Float>
    private let capacity: Int
    private let owner: FreeList?

    init(count: Int, capacity: Int, owner: FreeList) {
        self.count = count
        self.capacity = capacity
        self.owner = owner
        start = owner.take(capacity)
    }

    /// A buffer of its own, zero.
    init(zeros count: Int) {
        self.count = count
        capacity = count
        owner = nil
        start = UnsafeMutableRawPointer.allocate(byteCount: max(64, count * 4), alignment: 64)
            .bindMemory(to: Float.self, capacity: max(16, count))
        start.initialize(repeating: 0, count: count)
    }

    deinit {
        if let owner { owner.give(start, capacity) } else { start.deallocate() }
    }

    var elements: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: start, count: count) }
}
