public import ZooBase

/// One row of text, with its label when it has one.
public struct DataRow: Sendable, Equatable {
    /// The text as the file has it, decoded and without its quotes.
    public let text: String
    /// The label as the file spells it, without white space around it.
    public let label: String?
    /// The place among the file's rows; the first is 1, a header and empty lines do not count.
    public let number: Int
    /// The line it begins on; the first is 1.
    public let line: Int

    /// Makes a row.
    public init(text: String, label: String?, number: Int, line: Int) {
        self.text = text
        self.label = label
        self.number = number
        self.line = line
    }

    /// SHA-256 of the text alone: the identity by which a row is found again in other data.
    public var textDigest: ContentDigest { ContentDigest(of: text) }

    /// SHA-256 of text and label: the number of bytes of the text (64 bits, little-endian), the text, then 0 without a
    /// label, or 1 and the label.
    public var digest: ContentDigest {
        var bytes: [UInt8] = []
        let count = UInt64(text.utf8.count)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes.append(contentsOf: text.utf8)
        bytes.append(label == nil ? 0 : 1)
        bytes.append(contentsOf: (label ?? "").utf8)
        return ContentDigest(of: bytes)
    }
}
