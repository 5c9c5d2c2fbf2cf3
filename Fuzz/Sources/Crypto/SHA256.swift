/// Stands in for swift-crypto's SHA-256 where nothing depends on which digest it is: FNV-1a, 64 bits, four times.
public struct SHA256 {
    /// 32 bytes.
    public struct Digest: Sequence {
        let value: UInt64

        /// The bytes.
        public func makeIterator() -> IndexingIterator<[UInt8]> {
            (0..<32).map { UInt8(truncatingIfNeeded: value >> (8 * ($0 % 8))) }.makeIterator()
        }
    }

    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Begins with no bytes.
    public init() {}

    /// Takes more bytes.
    public mutating func update(bufferPointer bytes: UnsafeRawBufferPointer) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// The digest of everything taken so far.
    public func finalize() -> Digest { Digest(value: state) }
}
