extension StoreWriter {
    /// Bytes of the blobs that the store did not hold before, as far as published.
    public var newByteCount: Int { batch.newByteCount }
}
