#if ADDRESS_SANITIZER
    internal import CKernels
#endif

/// Tells AddressSanitizer which bytes of the engine's own memory are in use; does nothing in other builds.
///
/// It watches what the C library allocates. Pages from the system are all one to it, with every buffer cut from them.
enum MemoryGuard {
    #if ADDRESS_SANITIZER
        /// Bytes after each buffer that stay closed: a vector, the most that a kernel touches at once.
        static let byteCount = 64

        /// No one may touch these bytes until they are opened.
        static func close(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
            __asan_poison_memory_region(start, byteCount)
        }

        /// Everyone may touch these bytes.
        static func open(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {
            __asan_unpoison_memory_region(start, byteCount)
        }
    #else
        /// Bytes after each buffer that stay closed.
        static let byteCount = 0

        @inline(__always) static func close(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {}
        @inline(__always) static func open(_ start: UnsafeMutableRawPointer, _ byteCount: Int) {}
    #endif
}
