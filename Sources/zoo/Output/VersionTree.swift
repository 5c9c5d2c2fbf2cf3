import ZooBase
import ZooKit

/// Versions printed below what they were made from.
struct VersionTree {
    private let roots: [VersionSummary]
    private var children: [String: [VersionSummary]] = [:]

    /// Arranges `versions`; one whose parents are not among them is a root, one with several is below the first.
    init(_ versions: [VersionSummary]) {
        let known = Set(versions.map(\.digest.hex))
        var roots: [VersionSummary] = []
        for version in versions {
            if let parent = version.parents.first(where: { known.contains($0.hex) }) {
                children[parent.hex, default: []].append(version)
            } else {
                roots.append(version)
            }
        }
        self.roots = roots
    }

    /// Prints the tree to standard output.
    func print() {
        var shown: Set<String> = []
        for root in roots { print(root, "", "", &shown) }
    }

    private func print(_ version: VersionSummary, _ first: String, _ rest: String, _ shown: inout Set<String>) {
        let aliases = version.aliases.isEmpty ? "" : " (\(version.aliases.joined(separator: ", ")))"
        let metric = version.metric.map { "  \($0.name) \(Format.decimal($0.value, 4))" } ?? ""
        Terminal.out("\(first)\(version.reference)\(aliases)  \(version.operation)\(metric)")
        // Two names of one manifest: what was made from it is shown below the first.
        guard shown.insert(version.digest.hex).inserted else { return }
        let below = children[version.digest.hex] ?? []
        for (index, child) in below.enumerated() {
            let isLast = index == below.count - 1
            print(child, rest + (isLast ? "└─ " : "├─ "), rest + (isLast ? "   " : "│  "), &shown)
        }
    }
}
