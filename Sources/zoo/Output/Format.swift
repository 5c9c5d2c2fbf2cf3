import Foundation

/// Numbers as people read them.
enum Format {
    /// `90.9 MB` (decimal).
    static func bytes(_ count: Int) -> String {
        let scaled = scaled(count)
        return decimal(scaled.value, scaled.digits) + scaled.unit
    }

    /// A number of bytes as `bytes` writes it: value, digits after the point, unit.
    static func scaled(_ count: Int) -> (value: Double, digits: Int, unit: String) {
        var value = Double(count)
        var unit = 0
        while value >= 999.5, unit < 4 {
            value /= 1000
            unit += 1
        }
        let digits = unit == 0 || value >= 100 ? 0 : value < 10 ? 2 : 1
        // No array: it would be made anew for each number of a long listing.
        let name =
            switch unit {
            case 0: " B"
            case 1: " kB"
            case 2: " MB"
            case 3: " GB"
            default: " TB"
            }
        return (value, digits, name)
    }

    /// `1 row`, `2 rows`: a number and a noun whose plural ends in s.
    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// `22.7M`, `384`.
    static func count(_ count: Int) -> String {
        let value = Double(count)
        return switch count {
        case ..<10_000: "\(count)"
        case ..<1_000_000: "\(decimal(value / 1e3, 1))k"
        case ..<1_000_000_000: "\(decimal(value / 1e6, 1))M"
        default: "\(decimal(value / 1e9, 2))G"
        }
    }

    /// `value` with `digits` after the point.
    static func decimal(_ value: Double, _ digits: Int = 3) -> String {
        withDecimal(value, digits) { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the text that `decimal` gives.
    static func withDecimal<Result>(
        _ value: Double, _ digits: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: 400, alignment: 1) { text in
            if let start = putQuick(value, digits, atEndOf: text) {
                return body(UnsafeRawBufferPointer(rebasing: text[start...]))
            }
            // Long listings print many numbers, and the same call by way of Foundation takes ten times as long.
            let length = text.withMemoryRebound(to: CChar.self) { text in
                withVaList([Int32(digits), value]) { vsnprintf(text.baseAddress!, text.count, "%.*f", $0) }
            }
            return body(UnsafeRawBufferPointer(rebasing: text[..<Int(length)]))
        }
    }

    /// Writes the same, where the number is of common size and not near the middle of two texts.
    ///
    /// - Returns: where it begins; nil for other numbers.
    private static func putQuick(_ value: Double, _ digits: Int, atEndOf text: UnsafeMutableRawBufferPointer) -> Int? {
        var power = 1.0
        for _ in 0..<digits { power *= 10 }
        let scaled = value * power
        // Below this the product is off by less than a ten-millionth, so elsewhere it rounds as the number itself does.
        guard digits < 10, value.sign == .plus, scaled < 1e9 else { return nil }
        // The whole part and what is behind it, by a conversion: to round is a call of the mathematics library.
        var rest = UInt32(scaled)
        let fraction = scaled - Double(rest)
        guard abs(fraction - 0.5) > 1e-6 else { return nil }
        if fraction > 0.5 { rest += 1 }
        var place = text.count
        func putDigit() {
            place -= 1
            text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        for _ in 0..<digits { putDigit() }
        if digits > 0 {
            place -= 1
            text[place] = UInt8(ascii: ".")
        }
        repeat { putDigit() } while rest > 0
        return place
    }

    /// `0.8671 [0.8444, 0.8890]`.
    static func interval(_ value: Double, _ low: Double, _ high: Double) -> String {
        "\(decimal(value, 4)) [\(decimal(low, 4)), \(decimal(high, 4))]"
    }

    /// `4.2 s`, `3 min 05 s`, `2 h 10 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "?" }
        let whole = Int(seconds.rounded())
        return switch whole {
        case ..<60: seconds < 10 ? "\(decimal(seconds, 1)) s" : "\(whole) s"
        case ..<3600: "\(whole / 60) min \(String(format: "%02d", whole % 60)) s"
        default: "\(whole / 3600) h \(String(format: "%02d", whole % 3600 / 60)) min"
        }
    }
}

extension Format {
    /// As in `3.0e-05`.
    static func scientific(_ value: Double) -> String { String(format: "%.1e", value) }

    /// As in `12.3 %`.
    static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
