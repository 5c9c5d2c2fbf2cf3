import Foundation

/// Numbers as people read them.
enum Format {
    /// `90.9 MB` (decimal).
    static func bytes(_ count: Int) -> String {
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
        return decimal(value, digits) + name
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
        quickDecimal(value, digits)
            // Long listings print many numbers, and the same call by way of Foundation takes ten times as long.
            ?? withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
                _ = withVaList([Int32(digits), value]) { vsnprintf(buffer.baseAddress!, buffer.count, "%.*f", $0) }
                return String(cString: buffer.baseAddress!)
            }
    }

    /// The same for a number of common size that is not near the middle of two texts; nil for others.
    private static func quickDecimal(_ value: Double, _ digits: Int) -> String? {
        var power = 1.0
        for _ in 0..<digits { power *= 10 }
        let scaled = value * power
        // Below this the product is off by less than a ten-millionth, so elsewhere it rounds as the number itself does.
        guard digits < 10, value.sign == .plus, scaled < 1e9, abs(scaled - scaled.rounded(.down) - 0.5) > 1e-6 else {
            return nil
        }
        var rest = Int(scaled.rounded())
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { text in
            var place = text.count
            func put(_ byte: UInt8) {
                place -= 1
                text[place] = byte
            }
            for _ in 0..<digits {
                put(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            }
            if digits > 0 { put(UInt8(ascii: ".")) }
            repeat {
                put(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            } while rest > 0
            return String(decoding: UnsafeBufferPointer(rebasing: text[place...]), as: UTF8.self)
        }
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
