/// Many small runs of bytes, each where it was put as long as this lives.
///
/// They share a few large pieces of memory: one for each run would cost more than all that a listing does with it.
final class PackedBytes {
    private static let pieceSize = 1 << 20

    private var pieces: [UnsafeMutableRawBufferPointer] = []
    /// What is free of the last piece.
    private var free = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// Takes a copy of `bytes`, which are at least one, and says where it is.
    func append(copying bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        if free.count < bytes.count {
            free = .allocate(byteCount: max(Self.pieceSize, bytes.count), alignment: 1)
            pieces.append(free)
        }
        free.copyMemory(from: bytes)
        defer { free = UnsafeMutableRawBufferPointer(rebasing: free[bytes.count...]) }
        return UnsafeRawBufferPointer(rebasing: free[..<bytes.count])
    }

    deinit { for piece in pieces { piece.deallocate() } }
}
