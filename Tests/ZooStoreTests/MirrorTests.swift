import Foundation
import Testing
import ZooBase

@testable import ZooStore

@Suite struct MirrorTests {
    let place: TemporaryStore
    init() throws {
        place = try TemporaryStore()
        try FilePaths.makeFolder(place.path("mirror"))
    }

    private func writeFolder(_ folder: String) throws {
        for entry in ArchiveFixture.model(in: folder) where !entry.name.hasPrefix("package") {
            try place.write(entry.name, entry.bytes)
        }
    }

    /// What any mirror must do with the small model, whatever it is kept as: nil for a plain folder.
    @Test(arguments: [nil] + ArchiveFixture.Form.allCases.map(Optional.some))
    func modelsArePulledWhole(_ form: ArchiveFixture.Form?) throws {
        let names: (archive: String, model: String)
        switch form {
        case nil:
            names = ("", "lab/My_Model.v2")
            try writeFolder("mirror/lab/My_Model.v2/")
        case .whl: names = ("my_model.v2-0.1.0-py3-none-any.whl", "my-model-v2")
        case .some(let form): names = ("My_Model.v2.\(form.rawValue)", "My_Model.v2")
        }
        if let form {
            let path = place.path("mirror/deep/er/\(names.archive)")
            try ArchiveFixture.write(ArchiveFixture.model(in: "src/weights/"), to: path, form)
        }
        let mirrors = place.store.mirrors
        try mirrors.add("lab", address: place.path("mirror"))
        let found = try mirrors.search("MODEL")
        #expect(found.problems.isEmpty)
        let model = try #require(found.models.first)
        #expect(found.models.count == 1)
        #expect(model.name == names.model && model.mirror == "lab")
        #expect(model.size == 200_000 + 2 + 35 + 7)
        let licences = [Licence(name: "Apache-2.0", source: .card), Licence(name: "MIT", source: .package)]
        #expect(model.licences == (form == nil ? Array(licences.prefix(1)) : licences))

        let spelled = model.name.uppercased().replacing("_", with: "-")
        let (source, same) = try mirrors.find(spelled)
        #expect(same == model)
        let writer = try place.store.writer()
        var last = (done: 0, total: 0)
        let taken = try source.take(same, into: writer, cutter: uncut) { last = ($0, $1) }
        #expect(last.done == model.size && last.total == model.size)
        #expect(taken.licences == model.licences)
        let expected = ArchiveFixture.model(in: "").dropLast()
        #expect(taken.files.map(\.path) == expected.map(\.name).sorted())
        for entry in expected {
            let file = try #require(taken.files.first { $0.path == entry.name })
            #expect(try place.store.open(file, verify: true).array(0..<file.size) == entry.bytes)
        }
        #expect(taken.inputs.map(\.role) == (form == nil ? [] : ["archive"]) + taken.files.map { _ in "file" })
        if case .local(.archive(let path, let folder)) = model.contents {
            #expect(folder == "src/weights")
            #expect(taken.inputs[0].digest == ContentDigest(of: try FilePaths.read(path)))
        }
    }

    @Test func unknownAndAmbiguousNamesSayWhatThereIs() throws {
        let mirrors = place.store.mirrors
        let none = #expect(throws: StoreError.self) { try mirrors.find("x") }
        #expect(none == .unknownMirrorModel(name: "x", suggestions: [], mirrors: []))
        try mirrors.add("lab", address: place.path("mirror"))
        try writeFolder("mirror/all-minilm/")
        try writeFolder("mirror/All_MiniLM/")
        try writeFolder("mirror/bert-base/nested/deeper/")
        let unknown = #expect(throws: StoreError.self) { try mirrors.find("all-minlm") }
        #expect(
            unknown
                == .unknownMirrorModel(name: "all-minlm", suggestions: ["all-minilm", "All_MiniLM"], mirrors: ["lab"]))
        let ambiguous = #expect(throws: StoreError.self) { try mirrors.find("ALL.MINILM") }
        #expect(
            ambiguous == .ambiguousMirrorModel(name: "ALL.MINILM", candidates: ["lab/All_MiniLM", "lab/all-minilm"]))
        #expect(try mirrors.find("lab/all-minilm").1.place == "all-minilm")
        #expect(try mirrors.find("bert-base/nested/deeper").1.name == "bert-base/nested/deeper")
        #expect(throws: StoreError.unknownMirror(name: "other", existing: ["lab"])) {
            try mirrors.find("x", mirror: "other")
        }
        try mirrors.remove("lab")
        #expect(try mirrors.list().isEmpty)
    }

    @Test func modelsInsideModelsBelongToTheOuterOne() throws {
        try writeFolder("mirror/outer/")
        try writeFolder("mirror/outer/2_Dense/")
        try place.store.mirrors.add("lab", address: place.path("mirror"))
        #expect(try place.store.mirrors.search("").models.map(\.name) == ["outer"])
    }

    @Test func oneBadArchiveDoesNotHideTheRest() throws {
        try writeFolder("mirror/good/")
        try place.write("mirror/bad.zip", Array("PK no zip".utf8))
        try place.store.mirrors.add("lab", address: place.path("mirror"))
        let listing = try place.store.mirrors.search("")
        #expect(listing.models.map(\.name) == ["good"])
        #expect(listing.problems.map(\.place) == ["bad.zip"])
        let error = #expect(throws: StoreError.self) { try place.store.mirrors.find("bad") }
        #expect(error?.kind == .badInput)
    }

    @Test func aSearchThatNobodyAnswersFails() throws {
        let mirrors = place.store.mirrors
        for name in ["a", "b"] {
            try FilePaths.makeFolder(place.path(name))
            try mirrors.add(name, address: place.path(name))
        }
        try FilePaths.remove(place.path("a"))
        #expect(try mirrors.search("x").problems.map(\.place) == ["a"])
        try FilePaths.remove(place.path("b"))
        let error = #expect(throws: StoreError.self) { try mirrors.search("x") }
        #expect(error?.kind == .badInput)
        #expect(error?.message.hasPrefix("none of the 2 mirrors answers; the first of them: mirror \"a\"") == true)
    }

    @Test func aDamagedArchiveSendsOnToTheNextMirror() throws {
        try place.write("bad/good.zip", Array("PK no zip".utf8))
        try writeFolder("mirror/good/")
        try place.store.mirrors.add("first", address: place.path("bad"))
        try place.store.mirrors.add("second", address: place.path("mirror"))
        #expect(try place.store.mirrors.find("good").1.mirror == "second")
        let error = #expect(throws: StoreError.self) {
            try place.store.mirrors.first("good") { source, model in
                var options = TakeOptions()
                options.only = FileFilter(patterns: ["*.nothing"])
                return try source.take(model, into: place.store.writer(), options: options, cutter: uncut) { _, _ in }
            }
        }
        #expect(error == .noFileMatches(pattern: "*.nothing", model: "good"))
    }

    @Test func whatWasSaidOnTheWayIsNotSaidAgain() throws {
        for name in ["first", "second"] { try place.write("\(name)/good.zip", Array("PK no zip".utf8)) }
        let mirrors = place.store.mirrors
        try mirrors.add("first", address: place.path("first"))
        try mirrors.add("lab", address: place.path("mirror"))
        var notices: [String] = []
        let passed = #expect(throws: StoreError.self) {
            try mirrors.first("good", notice: { notices.append($0) }) { _, _ in }
        }
        #expect(notices.count == 1 && notices[0].hasSuffix("; trying the next mirror"))
        #expect(passed?.message.contains("no other mirror gives \"good\"") == true)
        #expect(passed?.message.contains("good.zip") == false)
        #expect(passed?.kind == .badInput)
        // The last one to fail has not been heard yet.
        try mirrors.add("second", address: place.path("second"))
        let last = #expect(throws: StoreError.self) { try mirrors.first("good") { _, _ in } }
        #expect(last?.message.contains("second/good.zip") == true)
    }

    @Test func adviceIsNotGivenTwice() {
        let error = StoreError.network(mirror: "m", url: "http://x/", reason: "it broke")
        #expect(error.message.hasSuffix("it broke; run the command again to go on, or `zoo mirror check m`"))
        #expect(error.statement == "mirror \"m\": http://x/: it broke")
        let refused = StoreError.refused(mirror: "m", url: "http://x/", reason: "no").statement
        #expect(refused == "mirror \"m\": http://x/: no")
        let unknown = StoreError.unknownKind(first: error)
        #expect(unknown.kind == .resource && !unknown.message.contains("mirror check"))
        #expect(unknown.message.contains("nothing was added") && unknown.message.contains("--kind static"))
        let aliases = StoreError.hasAliases(version: "a@1", aliases: ["a:best"]).message
        #expect(aliases.contains("`zoo tag`") && aliases.contains("`zoo tag a@1 best --remove`"))
    }

    @Test func linkLoopsAndPipesDoNoHarm() throws {
        try writeFolder("mirror/good/")
        let files = FileManager.default
        try files.createSymbolicLink(atPath: place.path("mirror/loop"), withDestinationPath: place.path("mirror"))
        mkfifo(place.path("mirror/good/pipe"), 0o600)
        try place.store.mirrors.add("lab", address: place.path("mirror"))
        let (source, model) = try place.store.mirrors.find("good")
        let writer = try place.store.writer()
        let error = #expect(throws: StoreError.self) { try source.take(model, into: writer, cutter: uncut) { _, _ in } }
        #expect(error?.message.contains("not a regular file") == true)
    }

    @Test func importsTakeAFolderOrAFile() throws {
        try writeFolder("some/")
        let writer = try place.store.writer()
        let folder = try writer.take(try ModelLocation(at: place.path("some")), cutter: uncut) { _, _ in }
        #expect(folder.files.count == 5)
        let path = place.path("some/model.safetensors")
        let file = try writer.take(try ModelLocation(at: path), cutter: uncut) { _, _ in }
        #expect(file.files == [folder.files.last!])
        let missing = #expect(throws: StoreError.self) { try ModelLocation(at: place.path("none")) }
        #expect(missing?.kind == .notFound)
    }

    @Test(arguments: [
        ("---\nlicense: mit\n---\n", "mit"),
        ("---\ntags:\n- a\nlicense:\n- mit\n- apache-2.0\n---\n", "mit OR apache-2.0"),
        ("---\r\nlicense: 'cc-by-4.0'\r\n---\r\n", "cc-by-4.0"),
        ("---\nlicense: other\nlicense_name: mine\n---", "mine"),
        ("# no front matter\nlicense: mit\n", nil), ("---\nlicense: mit\n", nil), ("---\ntags: [x]\n---\n", nil),
        ("---\nlicense: [a, 'b']\n---\n", "a OR b"),
    ])
    func cardsNameTheirLicence(_ card: String, _ expected: String?) {
        #expect(Licences.frontMatter(card) == expected)
    }

    @Test(arguments: [
        ("License-Expression: Apache-2.0\nLicense: x\n\n", "Apache-2.0"),
        ("Name: x\nClassifier: License :: OSI Approved :: MIT License\n\nLicense: y", "MIT"),
        ("Name: x\nLicense: UNKNOWN\n\n", nil),
    ])
    func packagesNameTheirLicence(_ text: String, _ expected: String?) {
        #expect(Licences.packageLicence(text) == expected)
    }
}
