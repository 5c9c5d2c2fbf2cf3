import Glibc
import ZooBase

/// Text that is put together from many small parts, in UTF-8; an array's way to append costs several times as much.
///
/// It goes from one thread to another only when nothing more is added, and of its copies, which share memory, only one
/// is added to.
struct ByteText: @unchecked Sendable {
    private final class Memory {
        let start: UnsafeMutableRawPointer

        init(_ byteCount: Int) { start = malloc(byteCount)! }
        deinit { free(start) }
    }

    private var memory: Memory
    /// Where the memory begins: by way of the object each access would be checked anew.
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    /// How many bytes it has.
    private(set) var count = 0

    /// Begins empty, with room for so many bytes.
    init(reserving capacity: Int) {
        self.capacity = max(capacity, 64)
        memory = Memory(self.capacity)
        start = memory.start
    }

    private var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Calls `body` with its bytes, while which nothing may be added.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withExtendedLifetime(memory) { body(bytes) }
    }

    /// Adds UTF-8.
    mutating func put(_ part: UnsafeRawBufferPointer) {
        if capacity - count < part.count { grow(by: part.count) }
        guard let bytes = part.baseAddress else { return }
        memcpy(start + count, bytes, part.count)
        count += part.count
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        capacity = max(2 * capacity, count + more)
        let larger = Memory(capacity)
        memcpy(larger.start, start, count)
        (memory, start) = (larger, larger.start)
    }

    /// Adds a text.
    mutating func put(_ part: String) {
        var part = part
        part.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    /// Adds a number.
    mutating func put(_ number: Int) { put(String(number)) }

    /// Adds a number with `digits` after the point.
    mutating func put(_ number: Double, digits: Int) { Format.withDecimal(number, digits) { put($0) } }

    /// Adds `count` spaces.
    mutating func putSpaces(_ count: Int) {
        if capacity - self.count < count { grow(by: count) }
        memset(start + self.count, Int32(UInt8(ascii: " ")), count)
        self.count += count
    }

    /// Removes the spaces at its end, but none before `start`.
    mutating func trim(to start: Int) {
        while count > start, bytes[count - 1] == UInt8(ascii: " ") { count -= 1 }
    }

    /// Whether it is plain ASCII from `place` on, without what could steer a terminal.
    func isPlain(from place: Int) -> Bool {
        var place = place
        // Eight bytes at once. The highest bit of a byte shows that it is above 0x7F, that it is so with one more, or
        // that it is below 0x20.
        while count - place >= 8 {
            let eight = start.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let marks = eight | eight &+ 0x0101_0101_0101_0101 | eight &- 0x2020_2020_2020_2020
            if marks & 0x8080_8080_8080_8080 != 0 { return false }
            place += 8
        }
        return bytes[place...].allSatisfy { $0 &- 0x20 < 0x5F }
    }

    /// Removes what is behind `place` and returns it.
    mutating func take(from place: Int) -> [UInt8] {
        defer { count = place }
        return Array(bytes[place...])
    }
}
