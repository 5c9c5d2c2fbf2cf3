import Testing
import ZooBase

@testable import ZooStore

@Suite struct ModelListingTests {
    @Test func aVersionIsListedAsItWasCommitted() throws {
        let place = try TemporaryStore()
        let writer = try place.store.writer()
        let file = try writer.add("m", bytes: noise(300))
        func commit(_ name: String, _ change: (inout Manifest) -> Void, facts: [JSONMember] = []) throws -> ModelVersion
        {
            var manifest = TemporaryStore.manifest([file])
            change(&manifest)
            return try writer.commit(manifest, as: try ModelName(name), facts: facts).version
        }
        let base = try commit("base") { $0.licences = [] }
        let other = try commit("other", { $0.architecture = "bert" }, facts: [JSONMember("parameters", .integer(0))])
        let tuned = try commit(
            "base",
            {
                $0.architecture = "gpt2"
                $0.task = "Prüfung " + String(repeating: "x", count: 300)
                $0.metrics = [
                    "f1": ["value": 0.25, "low": 0.2, "high": 0.3], "accuracy": ["value": 1], "note": ["text": "none"],
                ]
                $0.derivation = Derivation(
                    operation: "merge", parents: [base.manifest, other.manifest], numericsVersion: 1)
            }, facts: [JSONMember("parameters", .integer(1 << 40))])
        try place.store.tag(tuned, try AliasName("new"))
        try place.store.tag(tuned, try AliasName("best"))
        let list = try place.store.list()
        #expect(list.map(\.version) == [base, tuned, other])
        #expect(list.map(\.aliases) == [[], ["best", "new"], []])
        #expect(list.map(\.isLatest) == [false, true, true])
        #expect(list.map(\.size) == [300, 300, 300])
        #expect(list.map(\.operation) == ["import", "merge", "import"])
        #expect(list.map(\.architecture) == [nil, "gpt2", "bert"])
        #expect(list.map(\.task) == [nil, "Prüfung " + String(repeating: "x", count: 300), nil])
        #expect(list.map(\.licence) == [nil, "MIT", "MIT"])
        #expect(list.map(\.parents) == [[], [base.manifest, other.manifest], []])
        #expect(list.map(\.parameterCount) == [nil, 1 << 40, 0])
        #expect(list[1].metrics.map(\.name) == ["accuracy", "f1"] && list[1].metrics.map(\.value) == [1, 0.25])
        #expect(list.allSatisfy { $0.created.hasSuffix("Z") && !$0.isDamaged })
    }
}
