/// Memory for activations and gradients, and the objects that stand for it, reused from step to step.
///
/// What nothing refers to any more is taken back before something else is given out, so inference keeps only what it
/// still needs. Contents are not cleared.
///
/// Not for use by two threads at once; a buffer's elements may be.
public final class Arena {
    private let space = FreeSpace()
    private var buffers = Pool<Buffer>(), tensors = Pool<Tensor>()
    /// Matrices have room for a multiple of this many rows, so that products may work on whole groups of rows.
    static let rowGroup = 16

    /// An empty arena.
    public init() {}

    /// Bytes obtained from the system so far.
    public var byteCount: Int { space.byteCount }
    /// The most bytes that were in use at once.
    public var peakByteCount: Int { space.peakByteCount }

    /// Obtains what is missing to `byteCount` bytes in one piece; where the system refuses, memory is obtained as it is
    /// needed.
    public func reserve(byteCount: Int) { space.reserve(byteCount / 4) }

    func buffer(_ count: Int) -> Buffer { buffer(count, capacity: count) }

    /// A matrix with room for whole groups of rows; what is in the rows past the last is anything.
    func matrix(rows: Int, width: Int) -> Buffer {
        let padded = (rows + Self.rowGroup - 1) / Self.rowGroup * Self.rowGroup
        return buffer(rows * width, capacity: padded * width)
    }

    private func buffer(_ count: Int, capacity: Int) -> Buffer {
        takeBack()
        let buffer = buffers.take { Buffer() }
        buffer.begin(count: count, capacity: capacity, owner: space)
        return buffer
    }

    /// The value `id` of a pass, with room for its elements unless it is only recorded.
    func tensor(rows: Int, width: Int, id: Int, needsGradient: Bool, isRecorded: Bool) -> Tensor {
        let memory = isRecorded ? nil : matrix(rows: rows, width: width)
        let tensor = tensors.take { Tensor() }
        tensor.begin(rows: rows, width: width, id: id, buffer: memory, needsGradient: needsGradient)
        return tensor
    }

    /// Takes back the memory of everything that nothing refers to any more.
    func takeBack() {
        tensors.takeBack { $0.end() }
        buffers.takeBack { $0.end() }
    }
}

/// Spans of floats that are not in use: taken from the lowest address on and joined again when they come back, so that
/// steps of any sizes share the same memory.
final class FreeSpace {
    private struct Span {
        var start: UnsafeMutablePointer<Float>
        var count: Int
        var end: UnsafeMutablePointer<Float> { start + count }
    }

    /// Sorted by address; no two touch.
    private var spans: [Span] = {
        var spans: [Span] = []
        spans.reserveCapacity(256)
        return spans
    }()
    private var regions: [UnsafeMutableBufferPointer<Float>] = []
    private(set) var byteCount = 0
    private(set) var peakByteCount = 0
    private var byteCountInUse = 0
    /// The system gives memory in pieces of this many floats; pages that are never touched cost nothing.
    private static let region = 1 << 24

    deinit { for region in regions { SystemMemory.unmap(region.baseAddress!, region.count * 4) } }

    func reserve(_ count: Int) {
        let missing = count - byteCount / 4
        guard missing > 0, let region = SystemMemory.mapIfPossible(missing * 4, isPromised: false) else { return }
        add(region, missing)
    }

    func take(_ wanted: Int) -> UnsafeMutablePointer<Float> {
        let count = Self.rounded(wanted)
        byteCountInUse += count * 4
        peakByteCount = max(peakByteCount, byteCountInUse)
        let place = spans.firstIndex { $0.count >= count } ?? add(max(count, Self.region))
        let start = spans[place].start
        MemoryGuard.open(start, wanted * 4)
        if spans[place].count == count {
            spans.remove(at: place)
        } else {
            spans[place].start += count
            spans[place].count -= count
        }
        return start
    }

    func give(_ start: UnsafeMutablePointer<Float>, _ given: Int) {
        let count = Self.rounded(given)
        byteCountInUse -= count * 4
        MemoryGuard.close(start, count * 4)
        insert(Span(start: start, count: count))
    }

    /// Obtains a region; where its span stands.
    private func add(_ count: Int) -> Int { add(SystemMemory.map(count * 4), count) }

    /// Takes a region of `count` floats in; where its span stands.
    @discardableResult private func add(_ memory: UnsafeMutableRawPointer, _ count: Int) -> Int {
        byteCount += count * 4
        let region = memory.bindMemory(to: Float.self, capacity: count)
        MemoryGuard.close(region, count * 4)
        regions.append(UnsafeMutableBufferPointer(start: region, count: count))
        return insert(Span(start: region, count: count))
    }

    @discardableResult private func insert(_ span: Span) -> Int {
        let place = spans.firstIndex { $0.start > span.start } ?? spans.count
        let joinsNext = place < spans.count && span.end == spans[place].start
        if place > 0, spans[place - 1].end == span.start {
            spans[place - 1].count += span.count
            if joinsNext { spans[place - 1].count += spans.remove(at: place).count }
            return place - 1
        }
        if joinsNext {
            spans[place].start = span.start
            spans[place].count += span.count
        } else {
            spans.insert(span, at: place)
        }
        return place
    }

    private static func rounded(_ count: Int) -> Int { (max(count, 1) + 15) / 16 * 16 + MemoryGuard.byteCount / 4 }
}

/// A run of floats, aligned to 64 bytes.
final class Buffer {
    private(set) var elements: UnsafeMutableBufferPointer<Float>
    private var capacity: Int
    /// Whose memory it is at present.
    private var owner = Owner.nobody

    private enum Owner {
        case nobody, system, arena(FreeSpace)
    }

    /// A buffer of its own, zero; pages that are never written cost no memory.
    init(zeros count: Int) {
        capacity = max(16, count)
        owner = .system
        let start = SystemMemory.map(capacity * 4).bindMemory(to: Float.self, capacity: capacity)
        elements = UnsafeMutableBufferPointer(start: start, count: count)
    }

    /// One of an arena's, without memory yet.
    fileprivate init() {
        capacity = 0
        elements = UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    deinit { end() }

    fileprivate func begin(count: Int, capacity: Int, owner: FreeSpace) {
        elements = UnsafeMutableBufferPointer(start: owner.take(capacity), count: count)
        self.capacity = capacity
        self.owner = .arena(owner)
    }

    /// Gives the memory back.
    fileprivate func end() {
        switch owner {
        case .nobody: break
        case .system: SystemMemory.unmap(start, capacity * 4)
        case .arena(let space): space.give(start, capacity)
        }
        owner = .nobody
    }

    /// Replaces `buffer` by one of its own, with anything in it, unless it has room for so many floats.
    static func reserve(_ buffer: inout Buffer, _ count: Int) {
        if buffer.count < count { buffer = Buffer(zeros: count) }
    }

    var count: Int { elements.count }
    var start: UnsafeMutablePointer<Float> { elements.baseAddress! }
}
