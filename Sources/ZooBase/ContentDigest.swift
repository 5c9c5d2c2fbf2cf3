internal import Crypto

/// A SHA-256: the name of some bytes (FIPS 180-4).
public struct ContentDigest: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The 32 bytes as four big-endian words, first word first.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    fileprivate init(_ digest: SHA256.Digest) {
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in digest.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// The digest of `bytes`.
    public init(of bytes: UnsafeRawBufferPointer) {
        var hasher = ContentHasher()
        unsafe hasher.update(bytes)
        self = hasher.finalize()
    }

    /// The digest of `bytes`.
    public init(of bytes: [UInt8]) {
        self = unsafe bytes.withUnsafeBytes { unsafe ContentDigest(of: $0) }
    }

    /// The digest of the UTF-8 of `text`.
    public init(of text: String) { self.init(of: Array(text.utf8)) }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, digit) in digits.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            words[index / 16] = words[index / 16] << 4 | UInt64(value)
        }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        [words.0, words.1, words.2, words.3].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The first twelve hexadecimal digits, for people.
    public var short: String { String(hex.prefix(12)) }

    /// `sha256:` and the digits.
    public var description: String { "sha256:" + hex }

    /// Equal when all 32 bytes are.
    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }
    /// By the bytes, first byte first.
    public static func < (left: Self, right: Self) -> Bool { left.words < right.words }
    /// Hashes the first word: the bytes are uniformly distributed already.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Computes a `ContentDigest` of bytes that arrive in pieces.
public struct ContentHasher {
    private var state = SHA256()

    /// Begins with no bytes.
    public init() {}
    /// Takes more bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe state.update(bufferPointer: bytes) }
    /// Takes more bytes.
    public mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }
    /// Takes the UTF-8 of `text`.
    public mutating func update(_ text: String) { update(Array(text.utf8)) }
    /// The digest of everything taken so far.
    public func finalize() -> ContentDigest { ContentDigest(state.finalize()) }
}
