import ZooBase

/// A quick 64-bit sum over the bytes of a chunk: tells whether what an interrupted pull left is what it wrote.
///
/// Only a guard against accidents; whole files are checked by their SHA-256.
enum ChunkSum {
    static func of(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { buffer in
            // Four independent chains, so that the multiplications overlap.
            var lanes: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
            var offset = 0
            while offset + 32 <= buffer.count {
                lanes.0 = mixed(lanes.0, buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                lanes.1 = mixed(lanes.1, buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
                lanes.2 = mixed(lanes.2, buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
                lanes.3 = mixed(lanes.3, buffer.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
                offset += 32
            }
            var sum = UInt64(buffer.count)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] { sum = mixed(sum, lane) }
            while offset < buffer.count {
                sum = mixed(sum, UInt64(buffer[offset]))
                offset += 1
            }
            return sum
        }
    }

    /// Both steps can be undone, so no bit of `word` is lost.
    @inline(__always)
    private static func mixed(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 29)
    }
}
