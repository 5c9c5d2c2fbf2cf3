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
        try BadInputTests.check(
            BadInput("an unknown format", "lineage soup --format svg", 2, "--format"), in: workshop)
        let both = try workshop.zoo("lineage", "soup", "--format", "dot", "--json")
        #expect(both.status == 2 && both.standardOutput.isEmpty)
        #expect(both.standardError.contains("--json is a format of its own"))
    }
}
