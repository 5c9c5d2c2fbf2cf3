import Foundation
import Testing
import ZooBase

@testable import ZooStore

/// Damage that a registry can put right by itself, and what it says of it.
@Suite struct HealingTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    private var store: Store { place.store }

    private func lines(_ version: ModelVersion) throws -> [Substring] {
        String(decoding: try FilePaths.read(store.layout.log(version.name)), as: UTF8.self).split(separator: "\n")
    }

    @Test func aLogLosesItsDamagedLines() throws {
        let one = try place.commit("one", as: "base").version
        let best = try AliasName("best")
        for alias in ["a", "b", "c"] { try store.tag(one, try AliasName(alias)) }
        try store.tag(one, best, protecting: true)
        // In the middle; and what else is damaged is healed all the same.
        var text = try lines(one)
        text.remove(at: 1)
        try place.overwrite(text.joined(separator: "\n") + "\n", to: store.layout.log(one.name))
        try place.overwrite("x", to: store.layout.versions(one.name) + "/1")
        #expect(try store.verify().problems.contains { $0.path == "logs/base.jsonl line 2" })
        let healed = try place.heal()
        #expect(healed.contains { $0.contains("1 damaged line is left out") })
        #expect(try store.resolve(Reference("base@1")) == one)
        #expect(try store.isProtected(best, of: one.name))
        #expect(try store.aliases(of: one.name).map(\.number) == [1, 1, 1, 1])
    }

    @Test func oneHealingIsEnoughForARefAndItsAlias() throws {
        let one = try place.commit("one", as: "base").version
        try store.tag(one, try AliasName("best"))
        let ref = store.layout.versions(one.name) + "/1"
        for text in ["sha256:\(String(one.manifest.hex.reversed()))\n", "x"] {
            try place.overwrite(text, to: ref)
            #expect(try store.verify().problems.map(\.path).contains("refs/base/versions/1"))
            let healed = try place.heal()
            #expect(healed.contains { $0.contains("versions/1: is sha256:\(one.manifest.short) again") })
            #expect(try store.aliases(of: one.name).map(\.number) == [1])
        }
    }

    @Test func aVersionThatNobodyRemovedIsKeptAndGivenBack() throws {
        let one = try place.commit("one", as: "small").version
        let other = try place.commit("other", as: "other").version
        try FilePaths.remove(store.layout.refs + "/small")
        let problems = try store.verify().problems
        #expect(problems.map(\.path) == ["refs/small/versions/1"])
        #expect(problems.map(\.affects) == [["small@1"]])
        _ = try store.collectGarbage(dryRun: false)
        _ = try place.heal()
        #expect(try store.resolve(Reference("small@1")) == one)
        #expect(try store.open(store.manifest(of: one).files[0]).byteCount == 3)
        // It can be removed instead.
        try FilePaths.remove(store.layout.refs + "/small")
        #expect(throws: Never.self) { try store.remove([], unreadable: [(one.name, 1)], withDescendants: false) }
        #expect(try store.verify().problems.isEmpty)
        _ = try store.collectGarbage(dryRun: false)
        #expect(try store.blobs.all().count == 1)
        #expect(try store.versions() == [other])
    }

    @Test func aRemovalThatWasCutShortIsNoLoss() throws {
        let one = try place.commit("one", as: "base").version
        try place.commit("two", as: "base")
        // Between the line of the log and the ref.
        try store.log(one.name).append("removed", ["number": .integer(1)])
        #expect(try store.verify().problems.isEmpty)
        try store.remove(one)
        #expect(try store.verify().problems.isEmpty)
        #expect(try store.refDamage(one.name, 1) == nil)
        #expect(try place.commit("one", as: "base").version.number == 3)
    }

    @Test func anAliasThatTheLogDoesNotExplainIsNamed() throws {
        let one = try place.commit("one", as: "base").version
        let two = try place.commit("two", as: "base").version
        let best = try AliasName("best")
        try store.tag(one, best)
        try store.tag(two, best, protecting: true)
        let log = store.layout.log(one.name)
        let whole = try FilePaths.read(log)
        for text in [String(try lines(one)[0]) + "\n", ""] {
            try place.overwrite(text, to: log)
            #expect(try store.verify().problems.map(\.affects) == [["base:best"]])
            #expect(try store.isProtected(best, of: one.name))
            #expect(try place.heal().contains { $0.hasSuffix("it is base@2, protected") })
            #expect(try store.aliases(of: one.name).map(\.number) == [2])
            #expect(try store.isProtected(best, of: one.name))
            try Data(whole).write(to: URL(fileURLWithPath: log))
        }
        // An alias of before 0.3 says nothing of its protection.
        try place.overwrite("\(two.manifest)\n", to: store.layout.aliases(one.name) + "/best")
        #expect(try store.verify().problems.isEmpty)
        #expect(try store.isProtected(best, of: one.name))
        try place.overwrite(String(try lines(one)[0]) + "\n", to: log)
        #expect(try place.heal().contains { $0.contains("it is not protected: zoo tag base@2 best --protect") })
        #expect(try !store.isProtected(best, of: one.name))
        try FilePaths.remove(log)
        #expect(try place.heal().count == 1)
    }

    @Test func aLostLineAboutNothingButProtectionIsFound() throws {
        let one = try place.commit("one", as: "base").version
        let best = try AliasName("best")
        let log = store.layout.log(one.name)
        try store.tag(one, best)
        let before = try FilePaths.read(log)
        try store.tag(one, best, protecting: true)
        let after = try FilePaths.read(log)
        #expect(try store.verify().problems.isEmpty)
        try Data(before).write(to: URL(fileURLWithPath: log))
        let problems = try store.verify().problems
        #expect(problems.map(\.path) == ["refs/base/aliases/best"])
        let reason = "the log of base does not tell how it came to be base@1, protected; lines may be lost"
        #expect(problems.map(\.reason) == [reason])
        #expect(throws: StoreError.aliasIsProtected(alias: "base:best", version: "base@1")) {
            try store.untag(one.name, best)
        }
        #expect(try place.heal().contains { $0.hasSuffix("it is base@1, protected") })
        #expect(try store.isProtected(best, of: one.name))
        // Killed between the line of the log and the alias, or the alias and the line that ends the protection.
        try place.overwrite("\(one.manifest)\n", to: store.layout.aliases(one.name) + "/best")
        try Data(after).write(to: URL(fileURLWithPath: log))
        #expect(try store.verify().problems.isEmpty)
        #expect(try store.isProtected(best, of: one.name))
        try store.tag(one, best, protecting: true)
        #expect(try FilePaths.read(log) == after)
        try Data(before).write(to: URL(fileURLWithPath: log))
        #expect(try store.verify().problems.count == 1)
        // The end of a protection is stated by both.
        try Data(after).write(to: URL(fileURLWithPath: log))
        try store.tag(one, best, protecting: false)
        #expect(try !store.isProtected(best, of: one.name))
        #expect(try store.verify().problems.isEmpty)
    }

    @Test func aProtectedAliasIsWrittenAnewAsOne() throws {
        let one = try place.commit("one", as: "base").version
        let best = try AliasName("best")
        try store.tag(one, best, protecting: true)
        let alias = store.layout.aliases(one.name) + "/best"
        let whole = try FilePaths.read(alias)
        #expect(String(decoding: whole, as: UTF8.self) == "\(one.manifest) protected\n")
        for text in ["x", "\(one.manifest) protecteD\n", "\(one.manifest) protected"] {
            try place.overwrite(text, to: alias)
            #expect(try store.verify().problems.map(\.affects) == [["base:best"]])
            #expect(try place.heal().contains { $0.contains("points at base@1 again") })
            #expect(try FilePaths.read(alias) == whole)
        }
        // The ref of a version says no such thing.
        try place.overwrite("\(one.manifest) protected\n", to: store.layout.versions(one.name) + "/1")
        #expect(try store.verify().problems.contains { $0.path == "refs/base/versions/1" })
    }

    @Test func aMoveThatWasCutShortDidNotHappen() throws {
        let one = try place.commit("one", as: "base").version
        let two = try place.commit("two", as: "base").version
        let best = try AliasName("best")
        let alias = store.layout.aliases(one.name) + "/best"
        // The line of the log is there, the alias is not yet.
        try store.tag(one, best, protecting: true)
        try FilePaths.remove(alias)
        try store.refs.announce(best, of: one.name)
        #expect(try store.verify().problems.isEmpty)
        #expect(try !store.isProtected(best, of: one.name))
        #expect(try store.tag(one, best) == nil)
        let before = try FilePaths.read(alias)
        try store.tag(two, best, protecting: true, force: true)
        try Data(before).write(to: URL(fileURLWithPath: alias))
        #expect(try store.verify().problems.isEmpty)
        #expect(try !store.isProtected(best, of: one.name))
        #expect(try store.tag(two, best, protecting: true) == 1)
        #expect(try store.isProtected(best, of: one.name))
        #expect(try store.verify().problems.isEmpty)
    }

    @Test func anAnnouncementThatOutlivedItsAliasIsEnded() throws {
        let one = try place.commit("one", as: "base").version
        let best = try AliasName("best")
        try store.tag(one, best)
        // The disk was full when the folder was to be synced behind the alias.
        try store.refs.announce(best, of: one.name)
        #expect(try store.tag(one, best) == 1)
        #expect(!FilePaths.exists(store.refs.announcement(of: best, of: one.name)))
        // So an alias that is lost later does not pass for one that was never set.
        try FilePaths.remove(store.layout.aliases(one.name) + "/best")
        #expect(try !store.verify().problems.isEmpty)
    }

    @Test func damagedAndMissingRecordsAreSetAside() throws {
        let one = try place.commit("one", as: "base").version
        for text in ["a", "b", "c"] { try store.records.append("note", ["text": .string(text)], to: one.manifest) }
        let folder = store.layout.records(one.manifest)
        try place.overwrite("{}", to: folder + "/000003-note.json")
        #expect(throws: StoreError.self) { try store.records.list(one.manifest) }
        #expect(try place.heal().contains { $0.contains("set aside as 000003-note.json.damaged") })
        #expect(try store.records.list(one.manifest).map(\.sequence) == [1, 2, 4])
        #expect(FilePaths.exists(folder + "/000003-note.json.damaged"))
        try FilePaths.remove(folder + "/000001-created.json")
        _ = try place.heal()
        #expect(try store.records.list(one.manifest).map(\.kind) == ["note", "note", "created"])
        #expect(try store.list().map(\.created.isEmpty) == [false])
        // A number is not given again.
        try place.overwrite("", to: folder + "/000005-created.json")
        _ = try place.heal()
        #expect(try store.records.list(one.manifest).map(\.sequence) == [2, 4, 6])
    }

    @Test func lostRecordsAreNamed() throws {
        let one = try place.commit("one", as: "base").version
        try FilePaths.remove(store.layout.records)
        let problems = try store.verify().problems
        #expect(problems.map(\.affects) == [["base@1"]])
        #expect(problems.first?.reason.contains("its records are lost") == true)
        _ = try place.heal()
        #expect(try store.records.list(one.manifest).map(\.body) == [["recovered": true, "version": "base@1"]])
        // A commit that was killed before its record was there lost nothing; the next one writes it.
        try FilePaths.remove(store.layout.records(one.manifest))
        try store.records.announce(one.manifest)
        try store.rebuildIndex()
        #expect(try store.verify().problems.isEmpty)
        #expect(try !place.commit("one", as: "base").wasNew)
        #expect(try store.records.list(one.manifest).map(\.kind) == ["created"])
        #expect(!FilePaths.exists(store.records.announcement(of: one.manifest)))
    }

    @Test func straysAreNamedAndTheRestIsChecked() throws {
        let one = try place.commit("one", as: "base").version
        let strays = ["refs/file", "blobs/sha256/00", "runs/file", "refs/base/versions/one"]
        for path in strays { try place.overwrite("", to: place.home + "/" + path) }
        let blob = store.blobs.path(of: try store.manifest(of: one).files[0].segments[0].digest)
        chmod(blob, 0o644)
        try place.overwrite("onf", to: blob)
        #expect(try store.list().map(\.version) == [one])
        let problems = try store.verify().problems
        #expect(problems.filter { $0.kind == .stray }.map(\.path) == strays.sorted())
        #expect(problems.count == strays.count + 1)
        try place.overwrite("one", to: blob)
        #expect(try place.heal().count == strays.count)
    }

    @Test func aDamagedMirrorDoesNotHinderTheOthers() throws {
        try FilePaths.makeFolder(place.path("models"))
        let mirrors = store.mirrors
        for name in ["a", "b", "c"] { try mirrors.add(name, address: place.path("models")) }
        for name in ["a", "b"] {
            let path = store.layout.mirrors + "/\(name).json"
            let text = String(decoding: try FilePaths.read(path), as: UTF8.self)
            try place.overwrite(text.replacingOccurrences(of: "models", with: "modelt"), to: path)
        }
        #expect(try store.verify().problems.map(\.path) == ["mirrors/a.json", "mirrors/b.json"])
        #expect(try mirrors.list().map(\.name) == ["c"])
        #expect(try mirrors.survey().unusable.map(\.name) == ["a", "b"])
        #expect(try mirrors.search("").problems.map(\.place) == ["a", "b"])
        try mirrors.remove("a")
        try mirrors.add("d", address: place.path("models"))
        #expect(try place.heal().count == 1)
        try mirrors.add("b", address: place.path("models"))
        #expect(try mirrors.list().map(\.name) == ["c", "d", "b"])
        // As version 0.1 wrote them.
        try place.overwrite(
            "{\n  \"configuration\": {\"path\": \"\(place.path("models"))\"},\n  \"kind\": \"folder\"\n}\n",
            to: store.layout.mirrors + "/old.json")
        #expect(try mirrors.list().map(\.name) == ["old", "c", "d", "b"])
        #expect(try store.verify().problems.isEmpty)
    }
}
