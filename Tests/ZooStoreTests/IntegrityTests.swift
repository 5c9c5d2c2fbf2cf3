import Foundation
import Synchronization
import Testing
import ZooBase

@testable import ZooStore

@Suite struct IntegrityTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    /// A registry with everything in it that carries a check of its own.
    private func fill() throws -> ModelVersion {
        let one = try place.commit("one", as: "base").version
        let two = try place.commit("two", as: "base").version
        let store = place.store
        try store.tag(one, try AliasName("best"))
        try store.tag(two, try AliasName("best"))
        try store.records.append("evaluation", ["accuracy": 0.5], to: one.manifest)
        let run = try store.runs.create(needing: [one.manifest], about: ["name": "x"])
        try run.write("progress.json", json: ["step": 1, "steps": 2])
        try FilePaths.makeFolder(place.path("models"))
        try store.mirrors.add("lab", address: place.path("models"))
        return one
    }

    private var checkedFiles: [String] {
        get throws {
            try FilePaths.listRecursively(place.home).filter {
                !$0.hasPrefix("catalog.sqlite") && $0 != "lock" && $0 != "turn" && !$0.hasSuffix("/lock")
            }
        }
    }

    /// A sample; every bit when ZOO_SOAK is set.
    @Test func everyFlippedBitIsFound() throws {
        let stride = ProcessInfo.processInfo.environment["ZOO_SOAK"] == nil ? 23 : 1
        _ = try fill()
        #expect(try place.store.verify().problems.isEmpty)
        var flips = 0
        for file in try checkedFiles {
            let path = place.home + "/" + file
            let good = try FilePaths.read(path)
            #expect(!good.isEmpty, "\(file)")
            for (place, bit) in good.indices.flatMap({ index in (0..<8).map { (index, $0) } })
            where (place * 8 + bit) % stride == 0 {
                var bad = good
                bad[place] ^= 1 << bit
                try Data(bad).write(to: URL(fileURLWithPath: path))
                let problems = try self.place.store.verify().problems
                #expect(
                    problems.contains { file.hasPrefix($0.path.split(separator: " ").first!) },
                    "\(file) byte \(place) bit \(bit)")
                flips += 1
            }
            try Data(good).write(to: URL(fileURLWithPath: path))
        }
        #expect(flips > 9_000 / stride)
        #expect(try place.store.verify().problems.isEmpty)
    }

    @Test func aFlippedBitInTheIndexIsNotServed() throws {
        _ = try fill()
        let expected = try place.store.list()
        usleep(150_000)
        #expect(try place.store.list() == expected)
        let path = place.home + "/catalog.sqlite"
        let good = try FilePaths.read(path)
        var unseen = 0
        for byte in stride(from: 100, to: good.count, by: 13) {
            var bad = good
            bad[byte] ^= 1 << UInt8(byte % 8)
            try Data(bad).write(to: URL(fileURLWithPath: path))
            let listed = try place.store.list()
            if listed != expected { unseen += 1 }
        }
        #expect(unseen == 0)
    }

    @Test func aMissingRecordAndAMissingLineAreFound() throws {
        let one = try fill()
        let log = place.store.layout.log(one.name)
        let lines = try String(decoding: FilePaths.read(log), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        try AtomicFile.write(Array((lines[1] + "\n").utf8), to: log)
        #expect(try place.store.verify().problems.map(\.path) == ["logs/base.jsonl line 1"])
        #expect(throws: StoreError.self) { try place.store.log(one.name).entries() }
        try AtomicFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: log)
        let records = place.store.layout.records(one.manifest)
        try FilePaths.remove(records + "/000001-created.json")
        #expect(try place.store.verify().problems.contains { $0.reason == "record 1 is missing" })
    }

    @Test func whatIsWithoutCheckValuesIsReadable() throws {
        let one = try place.commit("one", as: "base").version
        let store = place.store
        let record = store.layout.records(one.manifest) + "/000001-created.json"
        try AtomicFile.write(
            Array(#"{"body":{"version":"base@1"},"kind":"created","time":"2026-01-01T00:00:00Z"}"#.utf8), to: record)
        try store.refs.set(try AliasName("best"), to: one, isProtected: false)
        let old = #"{"alias":"best","event":"alias","number":1,"time":"2026-01-01T00:00:00Z"}"# + "\n"
        try FilePaths.makeFolder(store.layout.logs)
        // A line that a crash cut short follows.
        try AtomicFile.write(Array((old + #"{"alias":"b"#).utf8), to: store.layout.log(one.name))
        #expect(try store.records.list(one.manifest).map(\.kind) == ["created"])
        #expect(try store.log(one.name).entries().count == 1)
        try store.tag(one, try AliasName("other"))
        #expect(try store.log(one.name).entries().count == 2)
        try store.rebuildIndex()
        #expect(try store.verify().problems.isEmpty)
    }

    @Test func damageIsNamedSetAsideAndHealed() throws {
        let one = try fill()
        let store = place.store
        let file = try store.manifest(of: one).files[0]
        let blob = store.blobs.path(of: file.segments[0].digest)
        chmod(blob, 0o644)
        try Data("onf".utf8).write(to: URL(fileURLWithPath: blob))
        let alias = store.layout.aliases(one.name) + "/best"
        try Data("sha256:x\n".utf8).write(to: URL(fileURLWithPath: alias))
        let number = store.layout.versions(one.name) + "/1"
        try Data("sha256:y\n".utf8).write(to: URL(fileURLWithPath: number))
        var report = try store.verify()
        #expect(Set(report.problems.map(\.path)).count == 3)
        #expect(try #require(report.problems.first { $0.path.hasPrefix("blobs") }).affects.isEmpty)
        let healing = try store.quarantine(report.problems)
        #expect(healing.healed.count == 4 && healing.failures.isEmpty)
        #expect(healing.healed.contains { $0.hasPrefix("blobs/") && $0.contains(": set aside in quarantine/blobs-") })
        report = try store.verify()
        #expect(report.problems.map(\.affects) == [["base@1 model.bin"]])
        #expect(report.problems.map(\.reason) == ["is missing"])
        #expect(report.problems[0].versions == [one])
        #expect(throws: StoreError.self) { try store.open(file) }
        let writer = try store.writer()
        _ = try writer.add("model.bin", bytes: Array("one".utf8))
        try writer.publish()
        #expect(try store.verify().problems.isEmpty)
        #expect(try store.aliases(of: one.name).map(\.number) == [2])
        #expect(try FilePaths.list(store.layout.quarantine).count == 3)
    }

    @Test func oneModelIsVerifiedAlone() throws {
        _ = try fill()
        let other = try place.commit("three", as: "other").version
        let path = place.store.layout.manifest(other.manifest)
        chmod(path, 0o644)
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try place.store.verify(try ModelName("base")).problems.isEmpty)
        #expect(try place.store.verify(try ModelName("other")).problems.map(\.affects) == [["other@1"]])
    }
}
