import ZooBase
import ZooKit

/// Versions printed below what they were made from.
///
/// Versions are places in the list here, and each names the next one below the same parent: an array for each parent
/// and a copy of each version would cost more than all else.
struct VersionTree {
    private static let none = -1

    private let versions: VersionSummaries
    private var firstRoot = none
    /// The first version below each.
    private var firstChild: [Int]
    /// The next version below the same one, or the next root.
    private var next: [Int]

    /// Arranges `versions`; one whose parents are not among them is a root, one with several is below the first.
    init(_ versions: VersionSummaries) {
        self.versions = versions
        firstChild = Array(repeating: Self.none, count: versions.count)
        next = firstChild
        // From the end, so that of two names of one manifest the first remains, which has below it what was made from
        // it, and so that each version put before those below the same parent leaves these in order.
        var places: [ContentDigest: Int] = Dictionary(minimumCapacity: versions.count)
        for place in versions.indices.reversed() { places[versions.withLine(place, \.digest)] = place }
        for place in versions.indices.reversed() {
            let parent = versions.withLine(place) { version in
                (0..<version.parentCount).lazy.compactMap { places[version.parent($0)] }.first
            }
            if let parent {
                next[place] = firstChild[parent]
                firstChild[parent] = place
            } else {
                next[place] = firstRoot
                firstRoot = place
            }
        }
    }

    /// Prints the tree to standard output.
    func print() {
        var lines: [UInt8] = []
        // Not by recursion: nothing bounds how often a version is derived from the one before.
        var pending: [(place: Int, margin: String)] = []
        var root = firstRoot
        while root != Self.none {
            describe(root, into: &lines)
            pending.append((firstChild[root], ""))
            while let (place, margin) = pending.popLast() {
                guard place != Self.none else { continue }
                let isLast = next[place] == Self.none
                lines += margin.utf8
                lines += (isLast ? "└─ " : "├─ ").utf8
                describe(place, into: &lines)
                pending.append((next[place], margin))
                if firstChild[place] != Self.none {
                    pending.append((firstChild[place], margin + (isLast ? "   " : "│  ")))
                }
            }
            root = next[root]
        }
        Terminal.out(lines: lines)
    }

    private func describe(_ place: Int, into lines: inout [UInt8]) {
        versions.withLine(place) { version in
            lines += version.name.utf8
            lines.append(UInt8(ascii: "@"))
            Format.withDecimal(Double(version.number), 0) { lines += $0 }
            if !version.aliases.isEmpty { lines += " (\(version.aliases.joined(separator: ", ")))".utf8 }
            lines += "  ".utf8
            if let operation = version.operation { Self.put(operation, into: &lines) } else { lines += "damaged".utf8 }
            if let metric = version.metric {
                lines += "  ".utf8
                Self.put(metric.name, into: &lines)
                lines += " ".utf8
                Format.withDecimal(metric.value, 4) { lines += $0 }
            }
            lines.append(UInt8(ascii: "\n"))
        }
    }

    /// Writes a text with everything escaped that could steer a terminal.
    private static func put(_ text: UnsafeRawBufferPointer, into lines: inout [UInt8]) {
        if text.allSatisfy({ $0 &- 0x20 < 0x5F }) {
            lines += text
        } else {
            lines += String(decoding: text, as: UTF8.self).printable.utf8
        }
    }
}
