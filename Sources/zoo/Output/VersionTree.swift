import ZooBase
import ZooKit

/// Versions printed below what they were made from.
///
/// Versions are places in the list here, and each names the next one below the same parent: an array for each parent
/// and a copy of each version would cost more than all else.
struct VersionTree: Sendable {
    private static let none: Int32 = -1
    /// Roots that one core prints with all below them before it takes the next ones.
    private static let part = 256

    private let versions: VersionSummaries
    private var roots: [Int32] = []
    /// The first version below each.
    private var firstChild: [Int32]
    /// The next version below the same one.
    private var next: [Int32]

    /// Arranges `versions`; one whose parents are not among them is a root, one with several is below the first.
    init(_ versions: VersionSummaries) {
        self.versions = versions
        firstChild = Array(repeating: Self.none, count: versions.count)
        next = firstChild
        // From the end, so that each version put before those below the same parent leaves these in order.
        for (place, parent) in versions.parentIndices().enumerated().reversed() {
            if let parent = parent.map(Int.init) {
                next[place] = firstChild[parent]
                firstChild[parent] = Int32(place)
            } else {
                roots.append(Int32(place))
            }
        }
        roots.reverse()
    }

    /// Prints the tree to standard output.
    func print() {
        let parts = Cores.map((roots.count + Self.part - 1) / Self.part) { part in
            lines(roots[part * Self.part..<min((part + 1) * Self.part, roots.count)])
        }
        for lines in parts { Terminal.out(lines: lines) }
    }

    /// The lines of `roots` and all below them.
    private func lines(_ roots: ArraySlice<Int32>) -> ByteText {
        var lines = ByteText(reserving: 1 << 16)
        // Not by recursion: nothing bounds how often a version is derived from the one before.
        var pending: [(place: Int32, margin: String)] = []
        for root in roots {
            describe(root, into: &lines)
            pending.append((firstChild[Int(root)], ""))
            while let (place, margin) = pending.popLast() {
                guard place != Self.none else { continue }
                let (below, after) = (firstChild[Int(place)], next[Int(place)])
                lines.put(margin)
                lines.put(after == Self.none ? "└─ " : "├─ ")
                describe(place, into: &lines)
                pending.append((after, margin))
                if below != Self.none { pending.append((below, margin + (after == Self.none ? "   " : "│  "))) }
            }
        }
        return lines
    }

    private func describe(_ place: Int32, into lines: inout ByteText) {
        versions.forEachLine(in: Int(place)..<Int(place) + 1) { version in
            lines.put(version.name)
            lines.put("@")
            lines.put(version.number)
            if !version.aliases.isEmpty { lines.put(" (\(version.aliases.joined(separator: ", ")))") }
            lines.put("  ")
            if let operation = version.operation { Self.put(operation, into: &lines) } else { lines.put("damaged") }
            if let metric = version.metric {
                lines.put("  ")
                Self.put(metric.name, into: &lines)
                lines.put(" ")
                lines.put(metric.value, digits: 4)
            }
            lines.put("\n")
        }
    }

    /// Writes a text with everything escaped that could steer a terminal.
    private static func put(_ text: UnsafeRawBufferPointer, into lines: inout ByteText) {
        let start = lines.count
        lines.put(text)
        if !lines.isPlain(from: start) {
            lines.put(String(decoding: lines.take(from: start), as: UTF8.self).printable)
        }
    }
}
