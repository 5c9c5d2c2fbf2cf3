/// A pattern for names of tensors and files, as Python's fnmatch knows them.
///
/// `*` stands for any run of characters, `.` and `/` included, `?` for one, `[01]`, `[0-9]` and `[!0]` for one of a class;
/// the rest for itself. In a class `]` stands for itself at the beginning, `-` at either end. A `[` without its `]` stands
/// for itself. A name that is the pattern itself, character for character, matches too.
public struct Glob: Sendable, Hashable, CustomStringConvertible {
    private enum Part: Hashable {
        case anyRun
        case anyOne
        case one(Unicode.Scalar)
        case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)

        func matches(_ character: Unicode.Scalar) -> Bool {
            switch self {
            case .anyRun: false
            case .anyOne: true
            case .one(let scalar): scalar == character
            case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
            }
        }
    }

    /// The pattern as written.
    public let description: String
    private let parts: [Part]

    /// Makes a pattern; every string is one.
    public init(_ pattern: String) {
        description = pattern
        let pattern = Array(pattern.unicodeScalars)
        var parts: [Part] = []
        var at = 0
        // Without a `]` behind it no `[` opens a class; asking again at each would take quadratic time.
        let last = pattern.lastIndex(of: "]") ?? -1
        while at < pattern.count {
            if pattern[at] == "[", let (part, end) = Self.parseClass(pattern, at, last) {
                parts.append(part)
                at = end
                continue
            }
            switch pattern[at] {
            case "*": parts.append(.anyRun)
            case "?": parts.append(.anyOne)
            default: parts.append(.one(pattern[at]))
            }
            at += 1
        }
        self.parts = parts
    }

    /// The pattern that only `name` matches.
    public init(literal name: String) {
        self.init(String(name.flatMap { "*?[".contains($0) ? ["[", $0, "]"] : [$0] }))
    }

    /// The class that begins at `start` and the place behind it; nil when nothing closes it before `last`.
    private static func parseClass(_ pattern: [Unicode.Scalar], _ start: Int, _ last: Int) -> (Part, end: Int)? {
        var at = start + 1
        guard at < last else { return nil }
        let isNegated = pattern[at] == "!"
        if isNegated { at += 1 }
        guard at < last, let end = pattern[(at + 1)...last].firstIndex(of: "]") else { return nil }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while at < end {
            let isRange = at + 2 < end && pattern[at + 1] == "-"
            let (low, high) = (pattern[at], pattern[isRange ? at + 2 : at])
            // One that runs backwards holds nothing.
            if low <= high { ranges.append(low...high) }
            at += isRange ? 3 : 1
        }
        return (.oneOf(ranges, isNegated: isNegated), end + 1)
    }

    /// Whether all of `name` matches; it goes back to the last `*` only, so the time is the product of the lengths at most.
    public func matches(_ name: String) -> Bool {
        if name.utf8.elementsEqual(description.utf8) { return true }
        let name = Array(name.unicodeScalars)
        var (at, place) = (0, 0)
        var star: (part: Int, name: Int)?
        while place < name.count {
            if at < parts.count, parts[at] == .anyRun {
                star = (at, place)
                at += 1
            } else if at < parts.count, parts[at].matches(name[place]) {
                at += 1
                place += 1
            } else if let last = star {
                star = (last.part, last.name + 1)
                at = last.part + 1
                place = last.name + 1
            } else {
                return false
            }
        }
        return parts[at...].allSatisfy { $0 == .anyRun }
    }
}
