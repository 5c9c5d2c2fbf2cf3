internal import CKernels

/// Finds damage in the engine's own files faster than a cryptographic digest would; no protection against intent.
public enum Checksum {
    /// The checksum of `bytes` that come after others whose checksum is `sum` (0 for none); it depends on where the
    /// pieces are divided.
    public static func of(_ bytes: UnsafeRawBufferPointer, after sum: UInt64) -> UInt64 {
        ck_checksum(sum, bytes.baseAddress, bytes.count)
    }
}
