import Foundation
import Testing

/// What `zoo lineage` prints.
@Suite struct LineageTests {
    @Test func aGraphForEveryReader() throws {
        let workshop = try Workshop(.reviews)
        try workshop.done("merge", "reviews@1", "reviews@1", "--name", "soup")
        func node(_ name: String) throws -> String {
            "v" + (try #require(try workshop.json("show", name).string("version.digest"))).dropFirst(7).prefix(12)
        }
        let (base, reviews, soup) = (try node("base"), try node("reviews"), try node("soup"))
        let accuracy = try #require(try workshop.json("ls", "reviews").number("0.metric.value"))
        let metric = "accuracy " + String(format: "%.4f", accuracy)
        #expect(
            try workshop.done("lineage", "soup", "--format", "dot") == """
                digraph lineage {
                  rankdir=LR;
                  node [shape=box];
                  \(base) [label="base@1\\npull"];
                  \(reviews) [label="reviews@1\\nfinetune\\n\(metric)"];
                  \(soup) [label="soup@1\\nmerge"];
                  \(base) -> \(reviews);
                  \(reviews) -> \(soup);
                  \(reviews) -> \(soup);
                }

                """)
        #expect(
            try workshop.done("lineage", "soup", "--format", "mermaid") == """
                flowchart LR
                  \(base)["base@1<br/>pull"]
                  \(reviews)["reviews@1<br/>finetune<br/>\(metric)"]
                  \(soup)["soup@1<br/>merge"]
                  \(base) --> \(reviews)
                  \(reviews) --> \(soup)
                  \(reviews) --> \(soup)

                """)
        let again = try workshop.json("lineage", "soup")
        #expect(again.string("parents.0.operation") == "finetune" && again.count("parents.0.parents") == 1)
        #expect(again.strings("parents.1.names") == ["reviews@1"] && again.string("parents.1.operation") == nil)
        #expect(again.string("parents.1.digest") == again.string("parents.0.digest"))
        try BadInputTests.check(
            BadInput("an unknown format", "lineage soup --format svg", 2, "--format"), in: workshop)
        let both = try workshop.zoo("lineage", "soup", "--format", "dot", "--json")
        #expect(both.status == 2 && both.standardOutput.isEmpty)
        #expect(both.standardError.contains("--json is a format of its own"))
    }

    /// Twice as many ways lead to the base after each merge, more than can be walked; each version is told once.
    @Test func mergesOfMergesAreToldOnce() throws {
        let (workshop, merges) = (try Workshop(.reviews), 24)
        try workshop.done("slice", "base", "--layers", "0", "--vocab-size", "2500", "--name", "s0")
        for number in 0..<merges {
            try workshop.done("merge", "s\(number)", "s\(number)", "--name", "s\(number + 1)")
        }
        func lines(_ arguments: String...) throws -> [String] {
            let outcome = try workshop.zoo(arguments)
            #expect(outcome.status == 0, "\(outcome.standardError)")
            return outcome.standardOutput.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let text = try lines("lineage", "s\(merges)")
        #expect(text.count { $0.hasSuffix(", above") } == merges && text.contains("s3@1, above"))
        let fewer = try (8...9).map { try lines("lineage", "s\($0)").count }
        #expect(text.count == fewer[0] + (merges - 8) * (fewer[1] - fewer[0]))
        // Each merge, what it was made from a second time, the slice and the base.
        let total = 2 * merges + 2
        let json = try workshop.done("lineage", "s\(merges)", "--json")
        #expect(json.components(separatedBy: "\"digest\"").count - 1 == total)
        for (format, arrow) in [("dot", " -> "), ("mermaid", " --> ")] {
            let arrows = try lines("lineage", "s\(merges)", "--format", format).count { $0.contains(arrow) }
            #expect(arrows == total - 1)
        }
        let card = try lines("card", "s\(merges)").drop { $0 != "## Lineage" }.prefix { $0 != "## Licence" }
        #expect(card.count { $0.hasPrefix("- ") } == total)
        // Whoever looks for the base of a head walks the same ways.
        #expect(try lines("head", "s\(merges)", "--from", "reviews", "--dry-run").isEmpty == false)
    }
}
