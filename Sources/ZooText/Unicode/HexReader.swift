/// Reads the numbers of a table in `UnicodeData`: lower-case hexadecimal, `-` before a negative one, anything between.
struct HexReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: StaticString) {
        bytes = text.withUTF8Buffer { unsafe Array($0) }
    }

    /// The next number of the current entry; nil at its end and at the end of the text.
    mutating func number() -> Int? {
        while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
        guard index < bytes.count, bytes[index] != UInt8(ascii: ",") else { return nil }
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | Int(byte - UInt8(ascii: "a") + 10)
            default: return isNegative ? -value : value
            }
            index += 1
        }
        return isNegative ? -value : value
    }

    /// Moves to the next entry; false when there is none.
    mutating func nextEntry() -> Bool {
        guard index < bytes.count else { return false }
        if bytes[index] == UInt8(ascii: ",") { index += 1 }
        return true
    }

    /// All runs of a set.
    static func ranges(_ text: StaticString) -> [Range<Int>] {
        var reader = HexReader(text)
        var ranges: [Range<Int>] = []
        var end = 0
        while let gap = reader.number(), let count = reader.number() {
            ranges.append(end + gap..<end + gap + count)
            end += gap + count
        }
        return ranges
    }

    /// All entries, each with its numbers.
    static func entries(_ text: StaticString) -> [[Int]] {
        var reader = HexReader(text)
        var entries: [[Int]] = []
        while reader.nextEntry() {
            var numbers: [Int] = []
            while let number = reader.number() { numbers.append(number) }
            entries.append(numbers)
        }
        return entries
    }
}
