import Foundation
import Testing
import ZooBase

@testable import ZooStore

/// Checking and healing take nothing sound away, trust no name, and look again before they act.
@Suite struct CarefulHealingTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    private var store: Store { place.store }

    private func move(_ path: String, _ target: String) throws {
        #expect(rename(place.home + "/" + path, place.home + "/" + target) == 0)
    }

    /// setfsuid(2): who a thread is to the file system.
    private static func becomeForFiles(_ user: UInt32) {
        typealias Function = @convention(c) (UInt32) -> Int32
        _ = unsafeBitCast(dlsym(nil, "setfsuid"), to: Function.self)(user)
    }

    private var quarantine: [String] { (try? FilePaths.list(store.layout.quarantine)) ?? [] }

    @Test func whatTheSystemDoesNotLetReadIsLeftAlone() throws {
        let one = try place.commit("one", as: "base").version
        _ = try store.list()
        try store.makeFolders()
        let record = store.layout.records(one.manifest) + "/000001-created.json"
        for path in [record, store.layout.manifest(one.manifest), store.layout.versions(one.name) + "/1"] {
            let chmod = try Process.run(
                URL(fileURLWithPath: "/bin/chmod"), arguments: ["-R", "a+rwX", place.folder])
            chmod.waitUntilExit()
            Glibc.chmod(path, 0)
            // Root reads everything, so this thread is somebody else for a while.
            let isRoot = geteuid() == 0
            if isRoot { Self.becomeForFiles(65534) }
            defer { if isRoot { Self.becomeForFiles(0) } }
            let problems = try store.verify().problems
            #expect(problems.contains { path.hasSuffix($0.path) && $0.reason.contains("Permission denied") })
            #expect(problems.allSatisfy { $0.kind == .unreadable })
            let healing = try store.quarantine(problems)
            #expect(healing.healed.isEmpty && healing.failures.isEmpty)
            #expect(FilePaths.exists(path))
        }
        Glibc.chmod(store.layout.versions(one.name) + "/1", 0o644)
        #expect(quarantine.isEmpty)
        #expect(try store.verify().problems.isEmpty)
    }

    @Test func aFolderThatCannotBeListedDoesNotEndTheCheck() throws {
        let one = try place.commit("one", as: "base").version
        let other = try place.commit("other", as: "other").version
        _ = try store.list()
        try store.makeFolders()
        try store.tag(one, try AliasName("best"))
        let blob = try store.manifest(one.manifest).files[0].segments[0].digest
        let folder = FilePaths.parent(of: store.blobs.path(of: blob))
        // One thing is wrong besides, and must be found whatever cannot be read.
        let lost = try store.manifest(other.manifest).files[0].segments[0].digest
        try #require(!store.blobs.path(of: lost).hasPrefix(folder))
        try FilePaths.remove(store.blobs.path(of: lost))
        let closed = [
            (folder, "base@1 "), (store.layout.blobs, "base@1 "), (store.layout.records(one.manifest), "base@1"),
            (store.layout.records, ""), (store.layout.manifests, ""), (store.layout.refs, ""), (store.layout.logs, ""),
            (store.layout.versions(one.name), "base"), (store.layout.aliases(one.name), "base"),
            (store.layout.runs, "every run"), (store.layout.mirrors, "every mirror"),
        ]
        for (path, affected) in closed {
            let chmod = try Process.run(
                URL(fileURLWithPath: "/bin/chmod"), arguments: ["-R", "a+rwX", place.folder])
            chmod.waitUntilExit()
            // One that can be neither listed nor entered, and one that can be entered.
            for mode: mode_t in [0, 0o111] {
                Glibc.chmod(path, mode)
                // Root lists everything, so this thread is somebody else for a while.
                let isRoot = geteuid() == 0
                if isRoot { Self.becomeForFiles(65534) }
                defer { if isRoot { Self.becomeForFiles(0) } }
                let problems = try store.verify().problems
                let named = problems.filter { path.hasSuffix("/" + $0.path) && $0.kind == .unreadable }
                #expect(named.count == 1 && named.allSatisfy { $0.reason.contains("Permission denied") }, "\(path)")
                #expect(
                    affected.isEmpty || named.allSatisfy { $0.affects.contains { $0.hasPrefix(affected) } }, "\(path)")
                // Of what is damaged only that is known.
                let damaged = problems.filter { $0.kind != .unreadable }
                let isLostSeen = ![store.layout.blobs, store.layout.manifests, store.layout.refs].contains(path)
                #expect(
                    damaged.allSatisfy { $0.path.hasSuffix(lost.hex) } && (damaged.count == 1 || !isLostSeen),
                    "\(path): \(damaged.map(\.path))")
            }
        }
    }

    @Test func aStateThatCannotBeMappedIsLeftAlone() throws {
        let run = try store.runs.create(needing: [], about: [:])
        try run.write("state", [1, 2, 3])
        let damage = { (path: String) throws(FileError) -> String? in throw FileError("map", path, errno: ENOMEM) }
        let problems = try store.verify(runState: damage).problems
        #expect(problems.map(\.kind) == [.unreadable])
        #expect(try store.quarantine(problems, runState: damage).healed.isEmpty)
        #expect(FilePaths.exists(run.path + "/state"))
    }

    @Test func aFolderThatIsNoNameIsAStray() throws {
        let one = try place.commit("one", as: "base").version
        try FilePaths.makeFolder(store.layout.refs + "/UPPER")
        #expect(try store.list().map(\.version) == [one])
        #expect(try store.verify().problems.map(\.path) == ["refs/UPPER"])
        try place.heal()
        #expect(quarantine == ["refs-UPPER"])
        try store.tag(one, try AliasName("best"))
        try move("refs/base", "refs/Base")
        #expect(try store.list().isEmpty)
        #expect(try Set(store.verify().problems.map(\.path)).isSuperset(of: ["refs/Base", "refs/base/versions/1"]))
        #expect(try place.heal().contains("refs/Base: put back as refs/base"))
        #expect(try store.list().map(\.aliases) == [["best"]])
    }

    @Test func whatWasPutRightMeanwhileStays() throws {
        let one = try place.commit("one", as: "base").version
        let two = try place.commit("two", as: "base").version
        let blob = store.blobs.path(of: try store.manifest(of: one).files[0].segments[0].digest)
        chmod(blob, 0o644)
        try place.overwrite("onf", to: blob)
        try FilePaths.remove(store.layout.versions(two.name) + "/2")
        let problems = try store.verify().problems
        #expect(problems.count == 2)
        try place.overwrite("one", to: blob)
        _ = try store.remove([], unreadable: [(two.name, 2)], withDescendants: false)
        #expect(try store.quarantine(problems).healed.isEmpty)
        #expect(FilePaths.exists(blob) && quarantine.isEmpty)
        #expect(try store.versions() == [one])
        // A removal that was cut short after its line, and the ref was damaged.
        try store.log(one.name).append("removed", ["number": .integer(1)])
        try place.overwrite("x", to: store.layout.versions(one.name) + "/1")
        try place.heal()
        #expect(try store.versions().isEmpty)
    }

    @Test func everyLostAliasIsFound() throws {
        let one = try place.commit("one", as: "base").version
        for (alias, isProtected) in [("best", false), ("production", true)] {
            try store.tag(one, try AliasName(alias), protecting: isProtected)
        }
        #expect(try FilePaths.list(store.layout.aliases(one.name)) == ["best", "production"])
        let aliases = store.layout.aliases(one.name)
        let production = try FilePaths.read(aliases + "/production")
        let ways: [() throws -> Void] = [
            { try FilePaths.remove(aliases + "/production") },
            { try move("refs/base/aliases/production", "refs/base/aliases/Prod") },
            { try move("refs/base/aliases", "refs/base/aliaseS") },
            { try FilePaths.remove(aliases) },
            { try FilePaths.remove(store.layout.refs + "/base") },
            { try place.overwrite("x", to: aliases + "/production") },
        ]
        for way in ways {
            try way()
            #expect(try store.verify().problems.contains { $0.affects == ["base:production"] })
            #expect(try place.heal().contains { $0.contains("aliases/production: points at base@1 again") })
            #expect(try FilePaths.read(aliases + "/production") == production)
            #expect(try store.aliases(of: one.name).map(\.number) == [1, 1])
        }
        // One that was taken away, and one whose version was, are not lost.
        try store.untag(one.name, try AliasName("best"))
        try FilePaths.remove(aliases + "/production")
        try store.remove(one)
        #expect(try store.verify().problems.isEmpty)
    }

    @Test func aNumberInANameIsNotTrusted() throws {
        let one = try place.commit("one", as: "base").version
        try store.records.append("note", ["text": "a"], to: one.manifest)
        let folder = store.layout.records(one.manifest)
        for number in ["080001", "1000000001", "9223372036854775807"] {
            #expect(rename("\(folder)/000001-created.json", "\(folder)/\(number)-created.json") == 0)
            #expect(try !store.verify().problems.isEmpty)
            try place.heal()
            #expect(try FilePaths.list(folder).count < 8)
            #expect(try store.records.list(one.manifest).map(\.kind).sorted() == ["created", "note"])
            let last = try store.records.append("note", ["text": "b"], to: one.manifest).sequence
            #expect(last < 10)
            try FilePaths.remove(folder)
            try place.heal()
            try store.records.append("note", ["text": "a"], to: one.manifest)
        }
        // As many lost records as there may be are one file.
        let far = SealedJSON.text(
            ["body": [:], "kind": "note", "time": "2026-01-01T00:00:00Z"], context: "\(one.manifest.hex) 900000000")
        try place.overwrite(far, to: folder + "/900000000-note.json")
        try place.heal()
        #expect(try FilePaths.list(folder).contains("000003-899999999-missing.damaged"))
        #expect(try store.records.append("note", [:], to: one.manifest).sequence == 900_000_001)
        #expect(try store.verify().problems.isEmpty)

        let versions = store.layout.versions(one.name)
        try place.overwrite("\(one.manifest)\n", to: versions + "/9223372036854775807")
        #expect(try place.commit("two", as: "base").version.number == 2)
        #expect(try store.verify().problems.map(\.kind) == [.stray])
        try place.heal()
        try place.overwrite("\(one.manifest)\n", to: versions + "/1000000000")
        #expect(throws: StoreError.self) { try place.commit("three", as: "base") }
    }

    @Test(arguments: [0, 12, 60, 100]) func aNumberIsNotGivenAgainAfterTheLogWasHealed(place index: Int) throws {
        try place.commit("one", as: "base")
        let two = try place.commit("two", as: "base").version
        try store.remove(two)
        _ = try store.collectGarbage(dryRun: false)
        let log = store.layout.log(two.name)
        let whole = try FilePaths.read(log)
        let text = String(decoding: whole, as: UTF8.self)
        let digit = try #require(text.firstRange(of: "\"number\":2"))
        // The number itself may be what was changed.
        for place in [index, text.utf8.distance(from: text.startIndex, to: digit.upperBound) - 1] {
            var bytes = whole
            bytes[place] ^= 2
            try Data(bytes).write(to: URL(fileURLWithPath: log))
            #expect(try self.place.heal().contains { $0.contains("1 damaged line is left out") })
            #expect(try store.log(two.name).entries().count == 1)
            let next = try self.place.commit("three", as: "base").version
            #expect(next.number > 2)
            try store.remove(next)
            _ = try store.collectGarbage(dryRun: false)
        }
    }

    @Test func anUnreadableVersionIsHeldByWhatPointsAtIt() throws {
        try place.commit("one", as: "base")
        let two = try place.commit("two", as: "base").version
        let best = try AliasName("best")
        try store.tag(two, best)
        let ref = store.layout.versions(two.name) + "/2"
        let whole = try FilePaths.read(ref)
        try place.overwrite("x", to: ref)
        let remove = { _ = try store.remove([], unreadable: [(two.name, 2)], withDescendants: false) }
        #expect(throws: StoreError.hasAliases(version: "base@2", aliases: ["base:best"])) { try remove() }
        try Data(whole).write(to: URL(fileURLWithPath: ref))
        try store.untag(two.name, best)
        try place.overwrite("x", to: ref)
        do {
            let run = try store.runs.create(needing: [two.manifest], about: [:])
            #expect(throws: StoreError.runIsLive(id: run.id)) { try remove() }
            try run.remove()
        }
        try remove()
        #expect(try store.verify().problems.isEmpty)
    }

    @Test func theMakingOfEachVersionIsRecorded() throws {
        let one = try place.commit("one", as: "base").version
        let second = try place.commit("one", as: "second").version
        #expect(one.manifest == second.manifest)
        let record = store.layout.records(one.manifest) + "/000002-created.json"
        try FilePaths.remove(record)
        #expect(try store.verify().problems.map(\.affects) == [["second@1"]])
        #expect(try !place.commit("one", as: "second").wasNew)
        #expect(try store.verify().problems.isEmpty)
        try FilePaths.remove(record)
        try place.heal()
        try FilePaths.remove(store.layout.refs + "/second")
        #expect(try store.verify().problems.map(\.affects) == [["second@1"]])
        try place.heal()
        #expect(try store.versions() == [one, second])
    }

    @Test func whatHasTheWrongNameIsPutBack() throws {
        let one = try place.commit("one", as: "base").version
        let digest = try store.manifest(of: one).files[0].segments[0].digest.hex
        let folder = "blobs/sha256/\(digest.prefix(2))"
        for (path, name) in [
            ("\(folder)/\(digest)", "\(folder)/\(digest.uppercased())"), ("\(folder)/\(digest)", "blobs/sha256/blob"),
            (folder, folder.uppercased().replacingOccurrences(of: "BLOBS/SHA256", with: "blobs/sha256")),
            ("manifests/sha256/\(one.manifest.hex)", "manifests/sha256/\(one.manifest.hex.uppercased())"),
        ] where path != name {
            try move(path, name)
            #expect(try !store.verify().problems.isEmpty, "\(name)")
            #expect(try place.heal().contains { $0.contains("put back as \(path)") }, "\(name)")
            if FilePaths.isFolder(place.home + "/" + name) { try FilePaths.remove(place.home + "/" + name) }
        }
        #expect(quarantine.isEmpty)
        // What nothing needs is no blob for being there.
        try place.overwrite("junk", to: place.home + "/blobs/sha256/junk")
        try place.heal()
        #expect(quarantine == ["blobs-sha256-junk"])
    }
}
