import Testing
import ZooBase

@testable import ZooStore

@Suite struct ArchiveTests {
    typealias Entry = ArchiveFixture.Entry
    let place: TemporaryStore
    init() throws { place = try TemporaryStore() }

    static let hostile: [(reason: String, entries: [Entry])] = [
        ("absolute", [Entry(name: "/etc/evil", bytes: [1])]),
        ("..", [Entry(name: "m/../../evil", bytes: [1])]),
        ("..", [Entry(name: "..", kind: .folder)]),
        ("link that leaves", [Entry(name: "m/link", kind: .symbolicLink("../../evil"))]),
        ("link that leaves", [Entry(name: "m/link", kind: .symbolicLink("/etc/passwd"))]),
        ("another entry", [Entry(name: "m/x", bytes: [1]), Entry(name: "m/x", bytes: [2])]),
        ("another entry", [Entry(name: "m/x", bytes: [1]), Entry(name: "m/./x", bytes: [2])]),
        ("not a folder", [Entry(name: "m/x", bytes: [1]), Entry(name: "m/x/y", bytes: [2])]),
        ("not a folder", [Entry(name: "m/l", kind: .symbolicLink("config.json")), Entry(name: "m/l/y", bytes: [2])]),
        ("control", [Entry(name: "m/a\nb", bytes: [1])]),
    ]

    @Test(arguments: [ArchiveFixture.Form.zip, .tar, .tgz], hostile.indices)
    func hostileEntriesAreRefused(_ form: ArchiveFixture.Form, _ index: Int) throws {
        let (reason, entries) = Self.hostile[index]
        // The harm comes last, when everything else has been read.
        let path = place.path("bad.\(form.rawValue)")
        try ArchiveFixture.write(ArchiveFixture.model(in: "m/") + entries, to: path, form)
        let error = #expect(throws: StoreError.self) { try place.take(path) }
        #expect(error?.kind == .badInput)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\n") == false)
        #expect(try place.store.blobs.all().isEmpty)
        #expect(!FilePaths.exists(place.path("evil")))
    }

    @Test(arguments: [
        ("link that leaves", Entry(name: "m/l", kind: .hardLink("/etc/passwd"))),
        ("link that leaves", Entry(name: "m/l", kind: .hardLink("../evil"))),
        ("device", Entry(name: "m/null", kind: .device)),
    ])
    func hostileTarEntriesAreRefused(_ reason: String, _ entry: Entry) throws {
        let path = place.path("bad.tar")
        try ArchiveFixture.write(ArchiveFixture.model(in: "m/") + [entry], to: path, .tar)
        let error = #expect(throws: StoreError.self) { try place.take(path) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [ArchiveFixture.Form.zip, .tgz])
    func bombsAreRefused(_ form: ArchiveFixture.Form) throws {
        let path = place.path("bomb.\(form.rawValue)")
        let config = Entry(name: "m/config.json", bytes: [1])
        let zeros = Entry(name: "m/zeros.bin", bytes: [UInt8](repeating: 0, count: 110 << 20))
        try ArchiveFixture.write([config, zeros], to: path, form)
        let error = #expect(throws: StoreError.self) { try place.take(path) }
        #expect(error?.message.contains("bomb") == true, "\(error?.message ?? "")")
    }

    @Test func linksInsideAreFollowed() throws {
        let path = place.path("good.tar")
        let links = [
            Entry(name: "m/soft", kind: .symbolicLink("../blobs/b")), Entry(name: "m/hard", kind: .hardLink("blobs/b")),
            Entry(name: "m/chain", kind: .symbolicLink("soft")), Entry(name: "m/nowhere", kind: .symbolicLink("gone")),
        ]
        let target = Entry(name: "blobs/b", bytes: noise(1000))
        try ArchiveFixture.write([target] + ArchiveFixture.model(in: "./m/") + links, to: path, .tar)
        let files = try place.take(path).files
        for name in ["soft", "hard", "chain"] {
            #expect(files.first { $0.path == name }?.digest == ContentDigest(of: noise(1000)))
        }
        #expect(!files.contains { $0.path == "nowhere" || $0.path == "b" })
    }

    @Test(arguments: ArchiveFixture.Form.allCases)
    func truncatedArchivesAreRefused(_ form: ArchiveFixture.Form) throws {
        let path = place.path("cut.\(form.rawValue)")
        try ArchiveFixture.write(ArchiveFixture.model(in: "m/"), to: path, form)
        let whole = try FilePaths.read(path)
        for count in [0, 10, whole.count / 2, whole.count * 9 / 10] {
            try AtomicFile.write(Array(whole[..<count]), to: path)
            let error = #expect(throws: StoreError.self) { try place.take(path) }
            #expect(error?.kind == .badInput || error?.kind == .notFound)
        }
        #expect(try place.store.versions().isEmpty)
    }

    @Test func archivesWithoutOneModelSaySo() throws {
        try ArchiveFixture.write([Entry(name: "a/config.json", bytes: [1])], to: place.path("none.zip"), .zip)
        #expect(throws: StoreError.noModel(path: place.path("none.zip"))) { try place.take(place.path("none.zip")) }
        let two = ArchiveFixture.model(in: "x/a/") + ArchiveFixture.model(in: "x/b/").dropLast()
        try ArchiveFixture.write(two, to: place.path("two.zip"), .zip)
        #expect(throws: StoreError.ambiguousMirrorModel(name: "two.zip", candidates: ["x/a", "x/b"])) {
            try place.take(place.path("two.zip"))
        }
    }
}
