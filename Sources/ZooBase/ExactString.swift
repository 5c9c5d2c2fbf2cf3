/// A string that is equal to another only when their UTF-8 is: `String` itself compares canonical equivalents as equal,
/// which would merge tokens, tensor names and file names that are different.
public struct ExactString: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// Wraps `text`.
    public init(_ text: String) { self.text = text }

    /// The text.
    public var description: String { text }

    /// Byte by byte.
    public static func == (left: Self, right: Self) -> Bool {
        var (left, right) = (left.text, right.text)
        return left.withUTF8 { left in right.withUTF8 { right in unsafe left.elementsEqual(right) } }
    }
    /// Byte by byte.
    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
    /// Hashes the UTF-8.
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}
