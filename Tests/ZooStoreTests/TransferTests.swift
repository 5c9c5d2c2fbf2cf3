import Foundation
import Synchronization
import Testing
import ZooBase

@testable import ZooStore

@Suite struct TransferTests {
    let place: TemporaryStore
    /// Several parts, several chunks, a chunk that is not full, an empty file and two files of the same bytes.
    let files: [String: [UInt8]]

    init() throws {
        place = try TemporaryStore()
        let large = noise(20 << 20 | 12_345)
        files = [
            "config.json": Array("{}".utf8), "model.safetensors": large, "again.safetensors": large, "empty.txt": [],
            "sub/notes.txt": noise(3_000_000, seed: 7),
        ]
    }

    /// Cuts that fall inside of chunks.
    private let cutter: SegmentCutter = { _, head, size in
        size < 1 << 20
            ? .cut(at: []) : head.byteCount < 100 ? .needsHead(byteCount: 100) : .cut(at: [100, 1_500_000, size - 10])
    }

    private func pull(_ mirror: MemoryMirror, isFresh: Bool = false) throws -> TakenModel {
        let writer = try place.store.writer()
        return try writer.take(
            mirror.model, from: mirror, mirror: "memory", known: KnownFiles(), isFresh: isFresh, cutter: cutter
        ) { _, _ in }
    }

    private func expectWhole(_ taken: TakenModel) throws {
        #expect(taken.files.map(\.path) == files.keys.sorted())
        for file in taken.files {
            #expect(try place.store.open(file, verify: true).array(0..<file.size) == files[file.path])
        }
        let model = try #require(taken.files.first { $0.path == "model.safetensors" })
        #expect(model.segments.map(\.size) == [100, 1_499_900, model.size - 1_500_010, 10])
    }

    @Test(arguments: [nil, .whole, .breaksOff, .wrongOnce] as [MemoryMirror.Fault?])
    func modelsArriveWhole(_ fault: MemoryMirror.Fault?) throws {
        try expectWhole(try pull(MemoryMirror(files, fault: fault)))
    }

    @Test func sameBytesAreFetchedOnce() throws {
        let mirror = MemoryMirror(files)
        try expectWhole(try pull(mirror))
        #expect(mirror.sent.withLock { $0 } == files["model.safetensors"]!.count + 2 + 3_000_000)
    }

    @Test(arguments: [1, 4]) func anInterruptedPullGoesOn(_ connections: Int) throws {
        let first = MemoryMirror(files, allowance: 14 << 20, connections: connections)
        let error = #expect(throws: StoreError.self) { try pull(first) }
        #expect(error?.kind == .resource)
        let second = MemoryMirror(files)
        try expectWhole(try pull(second))
        // One connection loses the megabyte that was on its way. Of several, what came behind a part that is not whole is lost
        // too, and which part that is the threads decide.
        guard connections == 1 else { return }
        let total = files["model.safetensors"]!.count + 3_000_002
        #expect(second.sent.withLock { $0 } <= total - (13 << 20) + 100_000)
    }

    @Test func aPlanCountsWhatAnInterruptedPullLeft() throws {
        let first = MemoryMirror(files, allowance: 14 << 20, connections: 1)
        #expect(throws: StoreError.self) { try pull(first) }
        let large = try #require(first.model.files.first { $0.path == "model.safetensors" })
        let held = PulledFile.heldBytes(of: large, in: place.store)
        #expect(held >= 12 << 20 && held <= 14 << 20)
        #expect(try FilePaths.list(place.home + "/partial").count <= files.count)
        let other = RemoteFile(path: "x", size: 5, claim: .sha256(ContentDigest(of: [9])))
        #expect(PulledFile.heldBytes(of: other, in: place.store) == 0)
        #expect(PulledFile.heldBytes(of: RemoteFile(path: "x", size: 5, claim: nil), in: place.store) == 0)
    }

    @Test func aDamagedMegabyteIsFetchedAgain() throws {
        #expect(throws: StoreError.self) { try pull(MemoryMirror(files, allowance: 14 << 20)) }
        let partial = place.home + "/partial"
        let pieces = try FilePaths.listRecursively(partial).filter { Int(FilePaths.name(of: $0)) != nil }
        let piece = try #require(
            try pieces.max { try FilePaths.size(of: partial + "/" + $0) < FilePaths.size(of: partial + "/" + $1) })
        var bytes = try FilePaths.read(partial + "/" + piece)
        bytes[1000] ^= 1
        try AtomicFile.write(bytes, to: partial + "/" + piece)
        try expectWhole(try pull(MemoryMirror(files)))
    }

    @Test func aMirrorThatLiesIsRefused() throws {
        let honest = MemoryMirror(files).model
        var others = files
        others["config.json"] = Array("[]".utf8)
        let liar = MemoryMirror(others)
        let writer = try place.store.writer()
        let error = #expect(throws: StoreError.self) {
            try writer.take(
                honest, from: liar, mirror: "memory", known: KnownFiles(), isFresh: false, cutter: cutter
            ) { _, _ in }
        }
        #expect(error?.kind == .damaged)
    }

    @Test func whatTheStoreHoldsIsNotFetched() throws {
        let writer = try place.store.writer()
        let first = MemoryMirror(files)
        let taken = try writer.take(
            first.model, from: first, mirror: "memory", known: KnownFiles(), isFresh: false, cutter: cutter
        ) { _, _ in }
        _ = try writer.commit(TemporaryStore.manifest(taken.files), as: try ModelName("base"))
        #expect(try FilePaths.list(place.home + "/partial").isEmpty)
        let second = MemoryMirror(files)
        try expectWhole(try pull(second))
        #expect(second.sent.withLock { $0 } == 0)
        let fresh = MemoryMirror(files)
        try expectWhole(try pull(fresh, isFresh: true))
        #expect(fresh.sent.withLock { $0 } > 20 << 20)
    }

    @Test(arguments: ["../up", "/absolute", "a//b", "line\nend"])
    func pathsThatLeaveTheFolderAreRefused(_ path: String) {
        let model = RemoteModel(
            repository: "x", revision: nil, commit: nil, files: [RemoteFile(path: path, size: 1, claim: nil)])
        #expect(throws: StoreError.self) { try model.check(mirror: "m") }
    }

    @Test(arguments: [
        ([.max, 1], "impossible size"), ([1 << 45], "impossible size"), ([-1], "impossible size"), ([], "no files"),
        ([1 << 43, 7], nil),
    ])
    func impossibleSizesAreRefused(_ sizes: [Int], _ reason: String?) throws {
        let digest = ContentDigest(of: [])
        let files = sizes.enumerated().map { index, size in
            JSON.object(["path": .string("\(index).bin"), "sha256": .string(digest.hex), "size": .integer(size)])
        }
        let found = try listing(of: [["files": .array(files), "folder": "lab/base", "name": "lab/base"]])
        #expect(found.models.map(\.size) == (reason == nil ? [1 << 43 + 7] : []))
        #expect(found.problems.map(\.place) == (reason == nil ? [] : ["lab/base"]))
        if let reason { #expect(found.problems[0].error.message.contains(reason)) }
        #expect(found.problems.allSatisfy { $0.error.kind == .badInput })
    }

    @Test(arguments: ["red\u{1B}[31m", "two\nlines", "\u{9B}31m", "del\u{7F}", "../up", ""])
    func namesThatCouldSteerATerminalAreRefused(_ name: String) throws {
        func model(_ name: String, _ folder: String, _ path: String) -> JSON {
            let digest = ContentDigest(of: []).hex
            return [
                "files": [["path": .string(path), "sha256": .string(digest), "size": 1]], "folder": .string(folder),
                "name": .string(name),
            ]
        }
        let found = try listing(of: [
            model(name, "a", "x"), model("b", name, "x"), model("c", "c", name), model("good", "good", "x"),
        ])
        #expect(found.models.map(\.name) == ["good"])
        #expect(found.problems.map(\.error.kind) == [.badInput, .badInput, .badInput])
    }

    /// What a static mirror makes of an index.
    private func listing(of models: [JSON]) throws -> MirrorListing {
        let json = JSON.object(["format": "zoo mirror 1", "models": .array(models)])
        let origin = try HTTPOrigin(mirror: "m", address: "http://127.0.0.1:9", options: MirrorOptions())
        return StaticMirror(name: "m", origin: origin).listing(try #require(MirrorIndex(json: json)))
    }

    @Test(arguments: [("?key=abc", "query"), ("#part", "fragment")])
    func addressesWithMoreThanAPathAreRefused(_ end: String, _ says: String) {
        let error = #expect(throws: StoreError.self) {
            try HTTPOrigin(mirror: "m", address: "https://hub.example/a" + end, options: MirrorOptions())
        }
        #expect(error?.message.contains(says) == true)
        #expect(error?.message.contains("abc") == false)
    }

    @Test(arguments: [(403, false), (404, false), (410, false), (nil, true)])
    func onlyWhatMayPassIsWorthAnotherTry(_ status: Int?, _ mayPass: Bool) throws {
        let origin = try HTTPOrigin(mirror: "m", address: "https://hub.example", options: MirrorOptions())
        let failure: ExchangeFailure =
            status.map { .status($0, url: "u", code: nil, message: nil) } ?? .transient(reason: "reset")
        let error = origin.error(failure, url: "u")
        #expect(error.message.contains("run the command again") == mayPass)
        #expect(error.kind == .resource && error.isOfMirror)
    }

    @Test(arguments: [
        ("<http://h/next?c=1>; rel=\"next\"", "http://h/next?c=1"),
        ("<a>; rel=\"prev\", <b>; rel=\"next\"", "b"), ("<a>; rel=\"prev\"", nil), ("nonsense rel=\"next\"", nil),
    ])
    func linksNameTheNextPage(_ field: String, _ expected: String?) { #expect(HubMirror.next(field) == expected) }

    @Test(arguments: [
        ("https://user:secret@host/path?sig=1#x", "https://host/path"), ("http://host/a@b", "http://host/a@b"),
    ])
    func addressesAreShownWithoutSecrets(_ url: String, _ expected: String) {
        #expect(HTTPOrigin.shown(url) == expected)
    }

    @Test func tokensGoNowhereElse() throws {
        let file = place.path("token")
        try AtomicFile.write(Array("abc\n".utf8), to: file, mode: 0o600)
        let options = MirrorOptions(tokenFile: file)
        let origin = try HTTPOrigin(mirror: "m", address: "https://hub.example/", options: options)
        #expect(try origin.token(for: "https://hub.example/x") == "abc")
        #expect(try origin.token(for: "https://other.example/x") == nil)
        #expect(try origin.token(for: "https://hub.example:444/x") == nil)
        #expect(try origin.token(for: "http://hub.example/x") == nil)
        #expect(!origin.configuration.text(.compact).contains("abc"))
        let plain = try HTTPOrigin(mirror: "m", address: "http://hub.example", options: options)
        #expect(throws: StoreError.self) { try plain.token(for: "http://hub.example/x") }
        #expect(throws: StoreError.self) {
            try HTTPOrigin(mirror: "m", address: "https://me:word@hub.example", options: options)
        }
        chmod(file, 0o644)
        #expect(throws: StoreError.self) { try origin.token(for: "https://hub.example/x") }
        // A file that is gone is the mirror's trouble too: the next one is asked.
        try FilePaths.remove(file)
        let gone = #expect(throws: StoreError.self) { try origin.token(for: "https://hub.example/x") }
        #expect(gone?.isOfMirror == true && gone?.message.hasPrefix("mirror \"m\"") == true)
    }

    @Test func anIndexIsReadAsItWasWritten() throws {
        try place.write("served/lab/base/config.json", Array("{}".utf8))
        try place.write("served/lab/base/model.safetensors", noise(5_000_000))
        let written = try MirrorIndex(of: place.path("served"))
        let bytes = try FilePaths.read(place.path("served/index.json"))
        let read = try #require(MirrorIndex(json: try JSONParser.parse(bytes)))
        #expect(read.models.map(\.remote) == written.models.map(\.remote))
        let weights = try #require(read.models[0].files.first { $0.path == "model.safetensors" })
        let list = try FilePaths.read(place.path("served/index.chunks/\(ContentDigest(of: noise(5_000_000)).hex)"))
        #expect(weights.chunkList == ContentDigest(of: list) && list.count == 5 * 32)
    }
}
