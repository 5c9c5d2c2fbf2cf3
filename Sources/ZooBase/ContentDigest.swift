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

    /// The digest whose `bytes` are these 32.
    public init(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 32)
        func word(_ index: Int) -> UInt64 {
            unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// The first eight bytes as a number.
    public var firstWord: UInt64 { words.0 }

    /// Its 32 bytes.
    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    public init?(hex: some StringProtocol) {
        var words: InlineArray<4, UInt64> = [0, 0, 0, 0]
        var count = 0
        for digit in hex.utf8 {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            guard count < 64 else { return nil }
            words[count / 16] = words[count / 16] << 4 | UInt64(value)
            count += 1
        }
        guard count == 64 else { return nil }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        let words: InlineArray<4, UInt64> = [words.0, words.1, words.2, words.3]
        return unsafe String(unsafeUninitializedCapacity: 64) { digits in
            for index in 0..<64 {
                let value = UInt8(truncatingIfNeeded: words[index / 16] >> UInt64(60 - index % 16 * 4)) & 0xF
                unsafe digits[index] = value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
            }
            return 64
        }
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
