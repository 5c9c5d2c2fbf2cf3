import Foundation
import Synchronization
import Testing
import ZooBase

@testable import ZooStore

@Suite struct MaintenanceTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    @Test func listingsFollowTheFiles() throws {
        #expect(try place.store.list().isEmpty)
        let one = try place.commit("one", as: "base").version
        let store = place.store
        #expect(try store.list().map(\.version.description) == ["base@1"])
        // Another process: its own store value.
        try place.commit("two", as: "base")
        try place.commit("x", as: "a")
        try place.store.tag(one, try AliasName("best"))
        let listed = try store.list()
        #expect(listed.map(\.version.description) == ["a@1", "base@1", "base@2"])
        #expect(listed.map(\.isLatest) == [true, false, true])
        #expect(listed.map(\.aliases) == [[], ["best"], []])
        #expect(listed[1].size == 3 && listed[1].licence == "MIT" && listed[1].operation == "import")
        #expect(listed[1].created.hasSuffix("Z"))
        #expect(try store.list(try ModelName("a")).count == 1)
    }

    /// By name, so that the log of the tests does not show the bytes.
    private static let damages: [String: [UInt8]] = [
        "text": [UInt8]("not a database, certainly not one of ours".utf8), "noise": noise(8192), "nothing": [],
    ]

    @Test(arguments: damages.keys.sorted()) func aDamagedIndexIsMadeAnew(_ damage: String) throws {
        let bytes = try #require(Self.damages[damage])
        try place.commit("one", as: "base")
        try AtomicFile.write(bytes, to: place.home + "/catalog.sqlite")
        #expect(try place.store.list().map(\.version.description) == ["base@1"])
        #expect(place.notices.withLock { $0.count } == (bytes.isEmpty ? 0 : 1))
        try place.store.rebuildIndex()
        #expect(try place.store.list().map(\.version.description) == ["base@1"])
    }

    @Test func damagedManifestsAreListedAndReported() throws {
        let version = try place.commit("one", as: "base").version
        try place.commit("two", as: "other")
        try place.store.rebuildIndex()
        let path = place.store.layout.manifest(version.manifest)
        let good = try FilePaths.read(path)
        try AtomicFile.write([UInt8](good.dropLast()), to: path)
        try place.store.rebuildIndex()
        #expect(try place.store.list().map(\.isDamaged) == [true, false])
        #expect(try place.store.verify().problems.map(\.affects) == [["base@1"]])
        let refused = #expect(throws: StoreError.self) { try place.store.collectGarbage(dryRun: false) }
        #expect(refused?.kind == .damaged)
        try AtomicFile.write(good, to: path)
        #expect(try place.store.list().map(\.isDamaged) == [false, false])
    }

    @Test func whatCouldNotBeReadIsReadAgain() throws {
        let one = try place.commit("one", as: "base").version
        try place.store.tag(one, try AliasName("best"))
        usleep(150_000)
        let (store, files) = (place.store, FileManager.default)
        let whole = try store.list()
        for path in [
            store.layout.records(one.manifest) + "/000001-created.json", store.layout.manifest(one.manifest),
            store.layout.aliases(one.name) + "/best",
        ] {
            try place.store.rebuildIndex()
            try files.moveItem(atPath: path, toPath: path + ".kept")
            try files.createDirectory(atPath: path, withIntermediateDirectories: false)
            try place.store.rebuildIndex()
            usleep(150_000)
            #expect(try place.store.list() != whole, "\(path)")
            try files.removeItem(atPath: path)
            try files.moveItem(atPath: path + ".kept", toPath: path)
            #expect(try place.store.list() == whole, "\(path)")
            #expect(try place.store.verify().problems.isEmpty)
        }
    }

    @Test func aThousandVersionsAreListedFast() throws {
        let writer = try place.store.writer()
        let file = try writer.add("m", bytes: [1])
        try writer.publish()
        // Written as commits would, without waiting a thousand times for the disk.
        for number in 1...1000 {
            var manifest = TemporaryStore.manifest([file])
            manifest.labels = ["\(number)"]
            let text = manifest.json.text(.canonical)
            let name = try ModelName("m\(number % 50)")
            try FilePaths.makeFolder(place.store.layout.versions(name))
            try Data(text.utf8).write(to: URL(fileURLWithPath: place.store.layout.manifest(manifest.digest)))
            let ref = place.store.layout.versions(name) + "/\(number)"
            try Data("\(manifest.digest)\n".utf8).write(to: URL(fileURLWithPath: ref))
            let records = place.store.layout.records(manifest.digest)
            try FilePaths.makeFolder(records)
            let record = SealedJSON.text(
                ["body": ["version": .string("\(name)@\(number)")], "kind": "created", "time": "2026-01-01T00:00:00Z"],
                context: "\(manifest.digest.hex) 1")
            try Data(record.utf8).write(to: URL(fileURLWithPath: records + "/000001-created.json"))
        }
        let clock = ContinuousClock()
        let begin = clock.now
        #expect(try place.store.list().count == 1000)
        let built = clock.now - begin
        usleep(150_000)
        #expect(try place.store.list().count == 1000)
        var best = Duration.seconds(60)
        for _ in 0..<5 {
            let start = clock.now
            #expect(try place.store.list().count == 1000)
            best = min(best, clock.now - start)
        }
        print("listing 1,000 versions: \(best), making the index \(built)")
        // The index must be worth having, whatever the machine is busy with.
        #expect(best < built / 2)
    }

    @Test func whatIsNeededIsNotRemoved() throws {
        let base = try place.commit("base", as: "base").version
        let tuned = try place.commit("tuned", as: "tuned", parents: [base]).version
        let store = place.store
        let dependents = #expect(throws: StoreError.self) { try store.remove(base) }
        #expect(dependents == .hasDependents(version: "base@1", dependents: ["tuned@1"]))
        try store.tag(tuned, try AliasName("best"))
        #expect(throws: StoreError.hasAliases(version: "tuned@1", aliases: ["tuned:best"])) { try store.remove(tuned) }
        let better = try place.commit("better", as: "tuned", parents: [base]).version
        try store.tag(better, try AliasName("best"))
        try store.remove(tuned)
        #expect(try store.collectGarbage(dryRun: true).items.filter { $0.kind == "blob" }.map(\.size) == [5])
        #expect(try store.blobs.all().count == 3)
        #expect(try !store.collectGarbage(dryRun: false).items.isEmpty)
        #expect(try store.blobs.all().count == 2)
        #expect(try store.collectGarbage(dryRun: false).items.isEmpty)
        #expect(try store.verify().problems.isEmpty)
        // A number is given once.
        #expect(try place.commit("tuned", as: "tuned", parents: [base]).version.number == 3)
    }

    @Test func runsKeepWhatTheyNeed() throws {
        let base = try place.commit("base", as: "base").version
        let store = place.store
        do {
            let run = try store.runs.create(needing: [base.manifest], about: ["name": "x"])
            try run.write("state", [1, 2])
            try run.append(["step": 1])
            try run.append(["step": 2])
            #expect(try run.read("state") == [1, 2])
            #expect(try run.read("none") == nil)
            #expect(try store.runs.list().map(\.isLive) == [true])
            #expect(throws: StoreError.runIsLive(id: run.id)) { try store.runs.open(run.id) }
            #expect(throws: StoreError.runIsLive(id: run.id)) { try store.runs.remove(run.id) }
            #expect(throws: StoreError.runIsLive(id: run.id)) { try store.remove(base) }
        }
        let id = try #require(try store.runs.list().first?.id)
        #expect(try store.runs.list().map(\.isLive) == [false])
        try store.remove(base)
        _ = try store.collectGarbage(dryRun: false)
        #expect(try store.manifest(base.manifest).files.count == 1)
        #expect(try store.blobs.all().count == 1)
        let again = try store.runs.open(id)
        #expect(try again.events().count == 2)
        #expect(try again.about()["name"]?.string == "x")
        try again.remove()
        #expect(throws: StoreError.unknownRun(id: id, existing: [])) { try store.runs.open(id) }
        _ = try store.collectGarbage(dryRun: false)
        #expect(try store.blobs.all().isEmpty)
    }

    @Test func writersHoldGarbageCollectionOff() throws {
        let writer = try place.store.writer()
        _ = try writer.add("m", bytes: [1])
        try writer.publish()
        let error = #expect(throws: StoreError.self) { _ = try place.store.lock(.exclusive, seconds: 0) }
        guard case .locked = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(error?.kind == .resource)
        // Two writers do not hinder each other.
        _ = try place.store.writer()
    }

    /// Others fill the cache without a lock: what they put there while it is removed is no reason to fail.
    @Test func theCacheMayBeFilledWhileItIsCollected() throws {
        try place.commit("base", as: "base")
        let folder = place.store.cacheFolder + "/frozen"
        let isDone = Atomic(false), ended = DispatchSemaphore(value: 0)
        let filler = Thread {
            var number = 0
            while !isDone.load(ordering: .relaxed) {
                number += 1
                try? FilePaths.makeFolder(folder)
                try? AtomicFile.write([1], to: "\(folder)/\(number % 50)")
            }
            ended.signal()
        }
        filler.start()
        defer {
            isDone.store(true, ordering: .relaxed)
            ended.wait()
        }
        var found = 0
        for _ in 0..<200 { found += try place.store.collectGarbage(dryRun: false).items.count { $0.kind == "cache" } }
        #expect(found > 0)
        #expect(try place.store.verify().problems.isEmpty)
    }

    @Test func leftOversOfAKillAreCollected() throws {
        try place.commit("base", as: "base")
        for file in ["blobs/sha256/.abc.tmp", "manifests/sha256/.x.1.tmp", "partial/p", "cache/c"] {
            try AtomicFile.write([1], to: place.home + "/" + file)
        }
        // What a pull fetched that was interrupted just now is kept, unless it is asked for.
        let plan = try place.store.collectGarbage(dryRun: true, withPartial: true)
        #expect(plan.items.map(\.kind) == ["temporary", "cache", "temporary", "partial"] && plan.kept.isEmpty)
        let young = try place.store.collectGarbage(dryRun: false)
        #expect(young.items.map(\.kind) == ["temporary", "cache", "temporary"])
        #expect(young.kept.map(\.path) == ["partial/p"] && young.kept.map(\.kind) == ["partial"])
        var times = [timeval(tv_sec: time(nil) - 90_000, tv_usec: 0), timeval(tv_sec: time(nil) - 90_000, tv_usec: 0)]
        #expect(utimes(place.home + "/partial/p", &times) == 0)
        #expect(try place.store.collectGarbage(dryRun: false).items.map(\.path) == ["partial/p"])
        #expect(try place.store.verify().problems.isEmpty)
        #expect(try place.store.list().count == 1)
    }

    @Test func recordsAreAppended() throws {
        let version = try place.commit("base", as: "base").version
        let records = place.store.records
        try records.append("note", ["text": "a"], to: version.manifest)
        try records.append("evaluation", ["accuracy": 0.5], to: version.manifest)
        let all = try records.list(version.manifest)
        #expect(all.map(\.kind) == ["created", "note", "evaluation"])
        #expect(all.map(\.sequence) == [1, 2, 3])
        #expect(try records.list(version.manifest, kind: "note").map(\.body) == [["text": "a"]])
    }
}
