/// A tensor at rest.
///
/// What it is, and a window into the storage that holds its bytes. Copying it copies no bytes.
public struct TensorView: Sendable {
    /// Name, element type, shape.
    public let info: TensorInfo
    /// The storage that owns the bytes.
    public let storage: ByteStorage
    /// Where in the storage the elements are, packed, little-endian, C order.
    public let range: Range<Int>

    /// Makes a view; nil when `range` leaves the storage or is not as long as `info` says.
    public init?(info: TensorInfo, storage: ByteStorage, range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= storage.byteCount, range.count == info.byteCount else {
            return nil
        }
        self.info = info
        self.storage = storage
        self.range = range
    }

    /// Lends the bytes for the duration of `body`; the pointer must not leave it.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe storage.withUnsafeBytes { all throws(Failure) in
            try unsafe body(UnsafeRawBufferPointer(rebasing: all[range]))
        }
    }

    /// The SHA-256 of the bytes.
    public var digest: ContentDigest { unsafe withUnsafeBytes { unsafe ContentDigest(of: $0) } }

    /// The same bytes under another name.
    public func renamed(_ name: String) -> TensorView {
        let info = TensorInfo(name: name, dtype: info.dtype, shape: info.shape)!
        return TensorView(info: info, storage: storage, range: range)!
    }
}
