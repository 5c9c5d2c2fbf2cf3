#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

internal import Synchronization

/// Memory from the operating system: zero at first, and free of cost until it is written.
public enum SystemMemory {
    private static let exhaustionHandler = Mutex<(@Sendable (_ byteCount: Int) -> Never)?>(nil)

    /// Has `handler` called when the system has no memory for so many bytes more; without one that is a trap.
    ///
    /// There is no way on from there, so it ends the program, on whatever thread it is called, with little memory left.
    public static func onExhaustion(_ handler: @escaping @Sendable (_ byteCount: Int) -> Never) {
        exhaustionHandler.withLock { $0 = handler }
    }

    /// What the processor can reach through one entry of its table of pages, where the system allows it.
    private static let largePage = 2 << 20

    /// Maps `byteCount` bytes, in large pages when there are enough of them: products walk many rows at a time, and each
    /// would need an entry of its own.
    static func map(_ byteCount: Int) -> UnsafeMutableRawPointer {
        guard let start = mapIfPossible(byteCount) else { exhausted(byteCount) }
        return start
    }

    /// The same, but nil when the system has not so many bytes; `isPromised` asks it to count them as used already.
    static func mapIfPossible(_ byteCount: Int, isPromised: Bool = true) -> UnsafeMutableRawPointer? {
        guard let start = mapped(byteCount + MemoryGuard.byteCount, isPromised) else { return nil }
        MemoryGuard.close(start + byteCount, MemoryGuard.byteCount)
        return start
    }

    private static func mapped(_ byteCount: Int, _ isPromised: Bool) -> UnsafeMutableRawPointer? {
        guard byteCount >= largePage else { return pages(byteCount, isPromised) }
        guard let room = pages(byteCount + largePage, isPromised) else { return nil }
        let start = UnsafeMutableRawPointer(
            bitPattern: (UInt(bitPattern: room) + UInt(largePage) - 1) & ~UInt(largePage - 1))!
        // What lies before and after is given back; a system page is a divisor of a large one.
        let page = sysconf(Int32(_SC_PAGESIZE))
        let end = start + (byteCount + page - 1) / page * page
        if start > room { munmap(room, start - room) }
        if room + byteCount + largePage > end { munmap(end, room + byteCount + largePage - end) }
        #if os(Linux)
            // Only a wish: without large pages everything works as well, more slowly.
            madvise(start, end - start, MADV_HUGEPAGE)
        #endif
        return start
    }

    /// Gives back what `map(byteCount)` gave.
    static func unmap(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
        MemoryGuard.open(start, byteCount + MemoryGuard.byteCount)
        munmap(start, byteCount + MemoryGuard.byteCount)
    }

    private static func pages(_ byteCount: Int, _ isPromised: Bool) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | (isPromised ? 0 : MAP_NORESERVE)
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
        return memory == MAP_FAILED ? nil : memory
    }

    private static func exhausted(_ byteCount: Int) -> Never {
        if let handler = exhaustionHandler.withLock({ $0 }) { handler(byteCount) }
        fatalError("no memory for another \(byteCount) bytes")
    }
}
