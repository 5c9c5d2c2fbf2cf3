/// Reading UTF-8 that may be invalid.
enum UTF8Text {
    /// `bytes`, with U+FFFD in place of every maximal part that cannot begin a well-formed sequence (Unicode 3.9,
    /// "U+FFFD substitution of maximal subparts"), as Python's `errors="replace"` does.
    static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var index = 0
        while index < bytes.count {
            let length = sequenceLength(bytes, at: index)
            guard length > 0 else { break }
            index += length
        }
        guard index < bytes.count else { return bytes }
        var output = Array(bytes[..<index])
        while index < bytes.count {
            let length = sequenceLength(bytes, at: index)
            if length > 0 {
                output += bytes[index..<index + length]
                index += length
            } else {
                output += [0xEF, 0xBF, 0xBD]
                index -= length
            }
        }
        return output
    }

    /// The length of the well-formed sequence at `index`, or minus the length of the ill-formed part there.
    private static func sequenceLength(_ bytes: [UInt8], at index: Int) -> Int {
        let lead = bytes[index]
        var second: ClosedRange<UInt8> = 0x80...0xBF
        let length: Int
        switch lead {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return -1
        }
        for offset in 1..<length {
            guard index + offset < bytes.count else { return -offset }
            let isRight =
                offset == 1
                ? second.contains(bytes[index + offset]) : (0x80...0xBF).contains(bytes[index + offset])
            guard isRight else { return -offset }
        }
        return length
    }

    /// The scalar at `index` of well-formed bytes; moves past it.
    @inline(__always)
    static func scalar(_ bytes: [UInt8], _ index: inout Int) -> UInt32 {
        let lead = UInt32(bytes[index])
        index += 1
        guard lead >= 0x80 else { return lead }
        let count = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3
        var value = lead & (0x3F >> UInt32(count))
        for _ in 0..<count {
            value = value << 6 | UInt32(bytes[index] & 0x3F)
            index += 1
        }
        return value
    }

    /// Appends the UTF-8 of `scalar`; returns how many bytes that took.
    @inline(__always) @discardableResult
    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) -> Int {
        switch scalar {
        case 0..<0x80:
            bytes.append(UInt8(scalar))
            return 1
        case 0x80..<0x800:
            bytes.append(UInt8(0xC0 | scalar >> 6))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
            return 2
        case 0x800..<0x10000:
            bytes.append(UInt8(0xE0 | scalar >> 12))
            bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
            return 3
        default:
            bytes.append(UInt8(0xF0 | scalar >> 18))
            bytes.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
            return 4
        }
    }

    /// Whether `byte` continues a sequence.
    @inline(__always)
    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// The number of scalars in `range` of well-formed bytes.
    static func scalarCount(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var count = 0
        for index in range where !isContinuation(bytes[index]) { count += 1 }
        return count
    }
}
