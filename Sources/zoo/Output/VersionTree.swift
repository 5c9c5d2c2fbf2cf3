import ZooBase
import ZooKit

/// Versions printed below what they were made from.
struct VersionTree {
    private let roots: [VersionSummary]
    private var children: [ContentDigest: [VersionSummary]] = [:]

    /// Arranges `versions`; one whose parents are not among them is a root, one with several is below the first.
    init(_ versions: [VersionSummary]) {
        let known = Set(versions.map(\.digest))
        var roots: [VersionSummary] = []
        for version in versions {
            if let parent = version.parents.first(where: known.contains) {
                children[parent, default: []].append(version)
            } else {
                roots.append(version)
            }
        }
        self.roots = roots
    }

    /// Prints the tree to standard output.
    func print() {
        var lines: [UInt8] = []
        var shown: Set<ContentDigest> = []
        // Not by recursion: nothing bounds how often a version is derived from the one before.
        var pending = roots.reversed().map { (version: $0, first: "", rest: "") }
        while let (version, first, rest) = pending.popLast() {
            lines += first.utf8
            Self.describe(version, into: &lines)
            // Two names of one manifest: what was made from it is shown below the first.
            guard shown.insert(version.digest).inserted, let below = children[version.digest] else { continue }
            for (index, child) in below.enumerated().reversed() {
                let isLast = index == below.count - 1
                pending.append((child, rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  ")))
            }
        }
        Terminal.out(lines: lines)
    }

    private static func describe(_ version: VersionSummary, into lines: inout [UInt8]) {
        lines += version.reference.utf8
        if !version.aliases.isEmpty { lines += " (\(version.aliases.joined(separator: ", ")))".utf8 }
        lines += "  ".utf8
        lines += version.operation.printable.utf8
        if let metric = version.metric {
            lines += "  ".utf8
            lines += metric.name.printable.utf8
            lines += " ".utf8
            lines += Format.decimal(metric.value, 4).utf8
        }
        lines.append(UInt8(ascii: "\n"))
    }
}
