import Testing
import ZooBase
import ZooKit
import ZooStore

/// The front matter and body of model cards, on versions that are written as they are needed.
@Suite struct CardTests {
    private final class Place {
        let home = "/tmp/zoo-test-\(UInt64.random(in: .min ... .max))"
        deinit { try? FilePaths.remove(home) }

        var store: Store { Store(home: home, access: .readWrite) }

        func commit(
            _ name: String, task: String? = nil, architecture: String? = nil, licences: [Licence] = [],
            metrics: JSON? = nil, parents: [ModelVersion] = []
        ) throws -> ModelVersion {
            let writer = try store.writer()
            let file = try writer.add("m", bytes: Array(name.utf8))
            let manifest = Manifest(
                files: [file], architecture: architecture, task: task, licences: licences, metrics: metrics,
                derivation: Derivation(operation: "import", parents: parents.map(\.manifest), numericsVersion: 1))
            return try writer.commit(manifest, as: try ModelName(name)).version
        }

        func card(_ version: ModelVersion) throws -> String {
            try Registry(home: home).card(of: version.description).text
        }

        /// The lines between the marks.
        func front(_ version: ModelVersion) throws -> [String] {
            let lines = try card(version).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(lines.first == "---")
            return Array(lines.dropFirst().prefix { $0 != "---" })
        }
    }

    private let place = Place()

    @Test func nothingKnownIsNotAnEmptyFrontMatter() throws {
        let version = try place.commit("base")
        #expect(try place.front(version) == ["tags:", "- zoo"])
        #expect(try place.card(version).contains("No licence was found."))
    }

    @Test func whatIsKnownIsStated() throws {
        let version = try place.commit(
            "reviews", task: "sentiment", architecture: "bert",
            licences: [Licence(name: "Apache-2.0", source: .card), Licence(name: "apache-2.0", source: .file)],
            metrics: ["accuracy": ["value": 0.9], "loss": ["value": 1e-07]])
        #expect(
            try place.front(version) == [
                "license: apache-2.0", "pipeline_tag: text-classification", "tags:", "- zoo", "- bert", "- sentiment",
                "model-index:",
                "- name: reviews", "  results:", "  - task:", "      type: text-classification", "    dataset:",
                "      name: validation", "      type: validation", "    metrics:", "    - type: accuracy",
                "      value: 0.9", "    - type: loss", "      value: 1.0e-07",
            ])
    }

    @Test func evaluationsAreToldWithTheirData() throws {
        let version = try place.commit("reviews", task: "sentiment")
        for accuracy in [0.5, 0.75] {
            try place.store.records.append(
                "evaluation",
                [
                    "dataDigest": "abc1", "data": "a|b.csv", "rows": 7,
                    "metrics": ["accuracy": ["value": .number(accuracy)]], "predictions": "…",
                ], to: version.manifest)
        }
        let front = try place.front(version)
        #expect(
            Array(front.suffix(9)) == [
                "  - task:", "      type: text-classification", "    dataset:", "      name: \"a|b.csv\"",
                "      type: \"a|b.csv\"", "      revision: abc1", "    metrics:", "    - type: accuracy",
                "      value: 0.75",
            ])
        // The last word on the same data is the one that counts.
        #expect(front.filter { $0.contains("accuracy") }.count == 1)
        #expect(try place.card(version).contains("| a\\|b.csv | `abc1` | 7 | accuracy | 0.75 |"))
        let log = try Registry(home: place.home).log("reviews")
        #expect(
            log.map(\.event) == [
                "created by import", "evaluation: accuracy 0.5 on a|b.csv (7 rows)",
                "evaluation: accuracy 0.75 on a|b.csv (7 rows)",
            ])
        #expect(log.allSatisfy { $0.details["predictions"] == nil })
        #expect(log.last?.details["rows"]?.integer == 7)
    }

    @Test func statementsThatDisagreeAreNotDecided() throws {
        let split = try place.commit(
            "split", licences: [Licence(name: "MIT", source: .card), Licence(name: "GPL-3.0", source: .package)])
        let lines = try place.front(split)
        #expect(lines[0] == "license: other")
        #expect(lines[1] == "license_name: \"disagreeing statements: MIT (card), GPL-3.0 (package)\"")
        #expect(try place.card(split).contains("These statements disagree"))
        let unread = try place.commit(
            "unread",
            licences: [Licence(name: "MIT", source: .card), Licence(name: "unrecognized text", source: .file)])
        #expect(try place.front(unread)[0] == "license: mit")
        let odd = try place.commit("odd", licences: [Licence(name: "our own terms", source: .card)])
        #expect(try place.front(odd).prefix(2) == ["license: other", "license_name: \"our own terms\""])
    }

    @Test func aBaseIsTheRepositoryItWasPulledFrom() throws {
        let (local, hub) = (try place.commit("local"), try place.commit("hub"))
        try place.store.records.append("pulled", ["kind": "static", "repository": "lab/x"], to: local.manifest)
        try place.store.records.append("pulled", ["kind": "hub", "repository": "lab/base"], to: hub.manifest)
        let own = try place.commit("own", parents: [local])
        #expect(try !place.front(own).contains { $0.hasPrefix("base_model") })
        #expect(try place.card(own).contains("from local@1."))
        let derived = try place.commit("derived", parents: [hub])
        #expect(try place.front(derived).suffix(2) == ["base_model:", "- \"lab/base\""])
    }

    @Test func aLogSaysWhatProtectsAndWhatIsGone() throws {
        let (one, two) = (try place.commit("base", task: "a"), try place.commit("base", task: "b"))
        let registry = Registry(home: place.home)
        _ = try registry.tag(one.description, alias: "best", protecting: true)
        _ = try registry.tag(one.description, alias: "best", protecting: false)
        _ = try registry.tag(one.description, alias: "best", protecting: true)
        _ = try registry.tag(two.description, alias: "best", protecting: false, force: true)
        _ = try registry.note(two.description, text: "looked at")
        _ = try registry.remove([one.description])
        let events = Set(try registry.log("base").map(\.event))
        for event in [
            "alias best set, protected", "alias best no longer protected", "alias best protected",
            "alias best set (was @1), no longer protected", "note: looked at",
        ] { #expect(events.contains(event), "\(event)") }
        let removal = try #require(events.first { $0.hasPrefix("removed") })
        #expect(removal.hasPrefix("removed: made by import at 2"))
        #expect(removal.hasSuffix(", manifest sha256:\(one.manifest.short)"))
    }
}
