internal import Crypto

/// Computes the name that git gives a file's content: the SHA-1 of `blob SIZE`, a zero byte and the bytes.
///
/// Hubs state it for small files. It guards against accidents, not against malice; files are kept by their SHA-256.
public struct GitBlobHasher {
    private var state = Insecure.SHA1()

    /// Begins a file of `size` bytes.
    public init(size: Int) { update(Array("blob \(size)\0".utf8)) }

    /// Takes more bytes.
    public mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe state.update(bufferPointer: $0) }
    }
    /// The name, 40 hexadecimal digits.
    public func finalize() -> String {
        state.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return (digits.utf8.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
