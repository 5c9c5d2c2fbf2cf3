import Foundation
import Testing
import ZooBase

@testable import ZooStore

@Suite struct LifeTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    @Test func aliasesKeepAHistory() throws {
        let one = try place.commit("one", as: "base").version
        let two = try place.commit("two", as: "base").version
        let (store, best) = (place.store, try AliasName("best"))
        #expect(try store.tag(one, best) == nil)
        #expect(try store.tag(one, best) == 1)
        #expect(try store.tag(two, best, protecting: true) == 1)
        #expect(throws: StoreError.aliasIsProtected(alias: "base:best", version: "base@2")) { try store.tag(one, best) }
        #expect(throws: StoreError.aliasIsProtected(alias: "base:best", version: "base@2")) {
            try store.untag(one.name, best)
        }
        let refused = StoreError.aliasIsProtected(alias: "base:best", version: "base@2").message
        #expect(refused.contains("`zoo tag base@2 best --unprotect`"))
        #expect(try store.tag(one, best, force: true) == 2)
        #expect(try store.isProtected(best, of: one.name))
        #expect(try store.tag(one, best, protecting: false) == 1)
        #expect(try store.untag(one.name, best) == 1)
        #expect(throws: StoreError.unknownAlias(name: "base", alias: "best", existing: [])) {
            try store.untag(one.name, best)
        }
        #expect(try store.tag(two, best) == nil)
        #expect(try store.log(one.name).entries().map { $0["number"]?.integer } == [1, 2, 1, 1, nil, 2])
    }

    @Test func descendantsGoWithTheirAncestor() throws {
        let base = try place.commit("base", as: "base").version
        let child = try place.commit("child", as: "a", parents: [base]).version
        let grandchild = try place.commit("grandchild", as: "b", parents: [child, base]).version
        let store = place.store
        #expect(throws: StoreError.hasDependents(version: "base@1", dependents: ["a@1", "b@1"])) {
            try store.remove(base)
        }
        try store.tag(grandchild, try AliasName("best"))
        #expect(throws: StoreError.hasAliases(version: "b@1", aliases: ["b:best"])) {
            try store.remove([base], withDescendants: true)
        }
        #expect(try store.versions().count == 3)
        try store.untag(grandchild.name, try AliasName("best"))
        #expect(try store.remove([base], withDescendants: true).map(\.description) == ["b@1", "a@1", "base@1"])
        #expect(try store.versions().isEmpty)
    }

    @Test func sharesAreMeasured() throws {
        let writer = try place.store.writer()
        let shared = try writer.add("shared", bytes: noise(1000))
        let own = try writer.add("own", bytes: noise(300, seed: 2))
        _ = try writer.commit(TemporaryStore.manifest([shared, own]), as: try ModelName("a"))
        _ = try writer.commit(TemporaryStore.manifest([shared]), as: try ModelName("b"))
        _ = try writer.add("nobody", bytes: noise(70, seed: 3))
        try writer.publish()
        let use = try place.store.diskUse()
        #expect(use.versions.map(\.size) == [1300, 1000])
        #expect(use.versions.map(\.own) == [300, 0])
        #expect(use.versions.map(\.shared) == [1000, 1000])
        #expect(use.garbage?.byteCount == 70)
        #expect(use.parts.first { $0.name == "blobs" }?.size == 1370)
        #expect(try place.store.diskUse(try ModelName("b")).versions.count == 1)
    }

    @Test func aRunKeepsWhatItStartsFrom() throws {
        let version = try place.commit("base", as: "base").version
        let store = place.store
        var run: Run? = try store.runs.create(needing: [version.manifest], about: [:])
        let id = try #require(run?.id)
        #expect(try store.collectGarbage(dryRun: true).kept.isEmpty)
        #expect(throws: StoreError.runIsLive(id: id)) { try store.remove(version) }
        run = nil
        #expect(try store.runs(needing: version) == [id])
        try store.remove(version)
        let report = try store.collectGarbage(dryRun: false)
        #expect(report.items.isEmpty && report.kept.map(\.kind) == ["run"])
        #expect(report.kept.map(\.path) == ["runs/\(id)"] && report.kept.map(\.size) == [4])
        #expect(try store.diskUse().garbage?.kept.map(\.size) == [4])
        try store.runs.remove(id)
        #expect(try store.collectGarbage(dryRun: false).items.map(\.kind) == ["blob", "manifest", "records"])
    }

    @Test func aRemovalTellsWhatIsGone() throws {
        // The writer goes with the function: while it lives nothing can be removed.
        func commit() throws -> ModelVersion {
            let writer = try place.store.writer()
            let file = try writer.add("m", bytes: [1])
            let manifest = Manifest(
                files: [file], weightsDigest: ContentDigest(of: [7]),
                derivation: Derivation(operation: "import", numericsVersion: 1))
            return try writer.commit(manifest, as: try ModelName("base")).version
        }
        let version = try commit()
        let made = try #require(try place.store.records.list(version.manifest).first)
        try place.store.remove(version)
        _ = try place.store.collectGarbage(dryRun: false)
        let line = try #require(try place.store.log(version.name).entries().last)
        #expect(line["event"]?.string == "removed" && line["number"]?.integer == 1)
        #expect(line["operation"]?.string == "import" && line["made"]?.string == made.time)
        #expect(line["manifest"]?.string == version.manifest.hex)
        #expect(line["weights"]?.string == ContentDigest(of: [7]).hex)
        #expect(try place.store.verify().problems.isEmpty)
    }

    @Test func listingsSelect() throws {
        let store = place.store
        let writer = try store.writer()
        func commit(_ name: String, _ parameters: Int, _ accuracy: Double, parents: [ContentDigest] = []) throws
            -> ModelVersion
        {
            let file = try writer.add("m", bytes: Array(name.utf8))
            let manifest = Manifest(
                files: [file], architecture: name == "a" ? "bert" : "gpt2", task: parents.isEmpty ? nil : "sentiment",
                licences: [Licence(name: "Apache-2.0", source: .card)],
                metrics: ["accuracy": ["value": .number(accuracy)]],
                derivation: Derivation(operation: "import", parents: parents, numericsVersion: 1))
            return try writer.commit(
                manifest, as: try ModelName(name), facts: [JSONMember("parameters", .integer(parameters))]
            ).version
        }
        let a = try commit("a", 100, 0.8)
        let b = try commit("b", 200, 0.9, parents: [a.manifest])
        _ = try commit("c", 300, 0.95, parents: [b.manifest])
        func names(_ change: (inout Selection) throws -> Void) throws -> [String] {
            var selection = Selection()
            try change(&selection)
            return try store.list(selection).map(\.version.name.text)
        }
        #expect(try names { _ in } == ["a", "b", "c"])
        #expect(try names { $0.architecture = "bert" } == ["a"])
        #expect(try names { $0.architecture = "Bert" } == ["a"])
        #expect(try names { $0.task = "sentiment" } == ["b", "c"])
        #expect(try names { $0.task = "Sentiment" } == ["b", "c"])
        #expect(try names { $0.licence = "apache-2.0" } == ["a", "b", "c"])
        #expect(try names { $0.licence = "mit" } == [])
        #expect(try names { $0.maximumParameters = 200 } == ["a", "b"])
        #expect(try names { $0.metrics = [try .init("accuracy >= 0.9")] } == ["b", "c"])
        #expect(try names { $0.metrics = [try .init("accuracy<0.9"), try .init("f1>0")] } == [])
        #expect(try names { $0.origin = .manifests([a.manifest]) } == ["b", "c"])
        #expect(try names { $0.origin = .manifests([b.manifest]) } == ["c"])
        #expect(try names { $0.origin = .model(a.name) } == ["b", "c"])
        for text in ["accuracy", ">0.9", "accuracy>x", "a\"b>1", "accuracy>nan"] {
            #expect(throws: StoreError.invalidCondition(text: text)) { try Selection.MetricCondition(text) }
        }
        #expect(try store.dependents(of: a) == [b])
    }
}
