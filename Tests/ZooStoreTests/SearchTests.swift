import Foundation
import Testing
import ZooBase

@testable import ZooStore

/// A search remembers what it saw, and sees what changed.
@Suite struct SearchTests {
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    private func write(_ model: String, card: String = "---\nlicense: mit\n---\n") throws {
        try place.write("mirror/\(model)/config.json", Array("{}".utf8))
        try place.write("mirror/\(model)/model.safetensors", Array("weights".utf8))
        try place.write("mirror/\(model)/README.md", Array(card.utf8))
    }

    private var listFile: String { place.store.cacheFolder + "/search-lab" }

    /// Replaces the list that is kept by one of other names, so that it can be told whether it was used.
    private func rename() throws {
        let kept = try #require(SearchList(of: "lab", at: place.path("mirror"), in: place.store))
        let models = try #require(kept.listing(of: "lab")).models.map {
            MirrorModel(
                name: "kept-" + $0.name, mirror: "lab", kind: $0.kind, place: $0.place, size: $0.size,
                licences: $0.licences, contents: .named)
        }
        let other = SearchList(MirrorListing(models: models, problems: []), state: kept.state, seen: kept.seen)
        try #require(other).write(of: "lab", at: place.path("mirror"), in: place.store)
    }

    private func found(_ term: String = "") throws -> [String] {
        try place.store.mirrors.search(term).models.map(\.name)
    }

    @Test func aFolderThatChangedIsReadAgain() throws {
        for name in ["a", "b", "deep/c", "deep-er"] { try write(name) }
        try place.store.mirrors.add("lab", address: place.path("mirror"))
        #expect(try found() == ["a", "b", "deep-er", "deep/c"])
        // What is so new that it might change again within the same time is not kept.
        #expect(!FilePaths.exists(listFile))
        sleep(3)
        #expect(try found("DEEP") == ["deep-er", "deep/c"])
        try rename()
        #expect(try found("deep") == ["kept-deep-er", "kept-deep/c"])
        #expect(try place.store.mirrors.search("").models[0].licences == [Licence(name: "MIT", source: .card)])
        #expect(try place.store.mirrors.search("").models[0].size == 2 + 7 + 21)
        // The bytes of a card, which change no folder; a file that grows; a model that comes; one that goes.
        let card = try FileHandle(forWritingTo: URL(fileURLWithPath: place.path("mirror/a/README.md")))
        try card.seek(toOffset: 13)
        try card.write(contentsOf: Data("bsl".utf8))
        try card.close()
        #expect(try place.store.mirrors.search("a").models[0].licences == [Licence(name: "bsl", source: .card)])
        sleep(3)
        #expect(try found().count == 4)
        try rename()
        #expect(try found().first == "kept-a")
        try place.write("mirror/b/vocab.txt", [1, 2, 3])
        #expect(try place.store.mirrors.search("b").models.map(\.size) == [33])
        try write("new")
        #expect(try found() == ["a", "b", "deep-er", "deep/c", "new"])
        try FilePaths.remove(place.path("mirror/deep"))
        #expect(try found() == ["a", "b", "deep-er", "new"])
    }

    @Test func aBrokenLinkThatComesToLeadSomewhereIsSeen() throws {
        try write("a")
        try FileManager.default.createSymbolicLink(
            atPath: place.path("mirror/a/extra.bin"), withDestinationPath: place.path("elsewhere"))
        let before = try FolderWalk(place.path("mirror")).stamps
        #expect(try #require(FolderStamps(of: before.paths, in: place.path("mirror"))).sum == before.sum)
        try place.write("elsewhere", [1])
        #expect(try #require(FolderStamps(of: before.paths, in: place.path("mirror"))).sum != before.sum)
        #expect(try FolderWalk(place.path("mirror")).files.count == 4)
        #expect(FolderStamps(of: before.paths, in: place.path("nowhere")) == nil)
    }

    @Test func aListThatIsDamagedOrOfAnotherPlaceCountsForNothing() throws {
        let model = MirrorModel(
            name: "a\n b", mirror: "lab", kind: "static", place: "x", size: nil,
            licences: [Licence(name: "MIT", source: .file)], contents: .named)
        let list = try #require(
            SearchList(MirrorListing(models: [model], problems: []), state: "s", seen: Array("tag\0".utf8)))
        let store = place.store
        list.write(of: "lab", at: "here", in: store)
        let again = try #require(SearchList(of: "lab", at: "here", in: store))
        #expect(again.state == "s" && again.seen == Array("tag\0".utf8))
        #expect(again.listing(of: "lab")?.models == [model])
        #expect(SearchList(of: "lab", at: "there", in: store) == nil)
        #expect(SearchList(of: "other", at: "here", in: store) == nil)
        let bytes = try FilePaths.read(listFile)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1
            try AtomicFile.write(damaged, to: listFile)
            #expect(SearchList(of: "lab", at: "here", in: store) == nil)
        }
        try AtomicFile.write(Array(bytes.prefix(30)), to: listFile)
        #expect(SearchList(of: "lab", at: "here", in: store) == nil)
        // What could not be read is told every time; a text with a zero cannot be kept.
        let problem = (place: "p", error: StoreError.noFolder(path: "p"))
        #expect(SearchList(MirrorListing(models: [model], problems: [problem]), state: "", seen: []) == nil)
        let odd = MirrorModel(
            name: "a\0b", mirror: "lab", kind: "static", place: "x", size: nil, licences: [], contents: .named)
        #expect(SearchList(MirrorListing(models: [odd], problems: []), state: "", seen: []) == nil)
    }

    @Test(arguments: [
        (["etag": "\"a\""], true), (["etag": "W/\"a\""], false), (["etag": "a"], false), ([:], false),
        (["etag": "\"a\"b\""], false), (["etag": "\"a b\""], false),
        (["etag": "\"a\"", "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT"], false),
        (
            [
                "etag": "\"a\"", "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT",
                "date": "Sun, 06 Nov 1994 08:49:38 GMT",
            ], false
        ),
        (
            [
                "etag": "\"a\"", "last-modified": "Sun, 06 Nov 1994 08:49:37 GMT",
                "date": "Sun, 06 Nov 1994 08:49:39 GMT",
            ], true
        ),
        (
            [
                "etag": "\"a\"", "last-modified": "Mon, 31 Jan 2000 23:59:59 GMT",
                "date": "Tue, 01 Feb 2000 00:00:01 GMT",
            ], true
        ),
        (["etag": "\"a\"", "last-modified": "soon", "date": "Sun, 06 Nov 1994 08:49:39 GMT"], false),
    ])
    func onlyATagThatTellsBytesApartIsKept(_ fields: [String: String], _ isKept: Bool) {
        let validator = HTTPValidator(HTTPHead(status: 200, fields: fields))
        #expect((validator != nil) == isKept)
        #expect(validator.flatMap { HTTPValidator(stored: $0.stored) } == validator)
    }

    @Test func modelsAmongManyFoldersAreTheOuterOnes() {
        let paths = ["a", "a-b", "a/c", "a/c/d", "b/x"].flatMap { ["\($0)/config.json", "\($0)/model.safetensors"] }
        #expect(ModelFolders.find(among: paths) == ["a", "a-b", "b/x"])
        #expect(ModelFolders.find(among: paths + ["config.json", "x.bin"]) == [""])
    }
}
