import Testing
import ZooBase

/// What Python's `fnmatch.fnmatchcase` answers, but for a name that is the pattern itself.
@Suite struct GlobTests {
    @Test(arguments: [
        ("*", "", true), ("", "", true), ("", "a", false), ("a*b*c", "axxbyyc", true), ("a*b*c", "axxbyy", false),
        ("*a", "bab", false), ("*ab", "aab", true), ("?", "", false), ("?", "ab", false), ("?", "é", true),
        ("**", "x", true), ("*.json", "sub/a.json", true), ("a", "A", false), ("é", "e\u{301}", false),
    ]) func runs(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(name) == matches)
    }

    @Test(arguments: [
        ("layer.[01].*", "layer.0.bias", true), ("layer.[01].*", "layer.1.bias", true),
        ("layer.[01].*", "layer.2.bias", false), ("layer.[01].*", "layer.01.bias", false),
        ("layer.[0-9]", "layer.7", true), ("layer.[0-9]", "layer.x", false), ("layer.[0-9]", "layer.", false),
        ("[!0]", "1", true), ("[!0]", "0", false), ("[!0]", "", false), ("[!0-3b]", "2", false),
        ("[!0-3b]", "b", false), ("[!0-3b]", "4", true), ("[a-ce-g]", "d", false), ("[a-ce-g]", "f", true),
        ("[é-ü]", "ö", true),
        ("*[0-9]", "layer.12", true), ("*[0-9]*.bias", "a.b.bias", false), ("[*]", "*", true), ("[*]", "a", false),
        ("[?]x", "?x", true), ("[?]x", "ax", false),
    ]) func classes(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(name) == matches)
    }

    /// `]` first, `-` at an end or after a range, ranges that run backwards, `^` and backslash, which mean nothing.
    @Test(arguments: [
        ("[]]", "]", true), ("[]a]", "a", true), ("[]a]", "b", false), ("[!]a]", "]", false), ("[!]a]", "b", true),
        ("[a-]", "-", true), ("[a-]", "b", false), ("[-a]", "-", true), ("[!-a]", "-", false), ("[a-c-e]", "d", false),
        ("[a-c-e]", "-", true), ("[a-c-e]", "e", true), ("[--0]", ".", true), ("[--0]", "1", false),
        ("[]-a]", "^", true), ("[c-a]", "b", false), ("[c-a]", "c", false), ("[!c-a]", "b", true),
        ("[c-ax]", "x", true), ("[^a]", "^", true), ("[^a]", "b", false), ("[\\]", "\\", true), ("\\*", "\\x", true),
        ("\\*", "*", false), ("[a!]", "!", true), ("[[]", "[", true), ("[[]a]", "[a]", true), ("[[:a]b", ":b", true),
    ]) func corners(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(name) == matches)
    }

    @Test(arguments: [
        ("[", "[", true), ("a[", "a[", true), ("[]", "[]", true), ("[!]", "[!]", true), ("[!", "[!", true),
        ("a[0*", "a[0.weight", true), ("a[0*", "a0.weight", false), ("[]*", "[]x", true), ("[!]?", "[!]x", true),
        ("x]", "x]", true), ("[ab", "a", false), ("[0][", "0[", true), ("[0][", "0", false),
    ]) func anUnclosedBracketStandsForItself(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(name) == matches)
    }

    @Test(arguments: ["blocks[0].weight", "*", "a?", "[!x]", "[]", "plain"]) func aNameMatchesItself(_ name: String) {
        #expect(Glob(name).matches(name))
        #expect(Glob(literal: name).matches(name))
    }

    @Test func aLiteralMatchesNothingElse() {
        #expect(!Glob(literal: "a*b?c[d]").matches("axbxcd"))
        #expect(Glob(literal: "a*b?c[d]").description == "a[*]b[?]c[[]d]")
        #expect(!Glob("blocks[0].weight").matches("blocks[1].weight"))
        #expect(Glob("blocks[0].weight").matches("blocks0.weight"))
    }

    /// A matcher that tried every place of every `*` would not end.
    @Test(arguments: ["*a", "*[a]", "*?", "*[!b]"]) func hostilePatternsEnd(_ part: String) {
        let name = String(repeating: "a", count: 4000)
        let pattern = String(repeating: part, count: 1000)
        #expect(Glob(pattern).matches(name))
        #expect(!Glob(pattern + "b").matches(name))
        #expect(!Glob(String(repeating: "[", count: 100_000)).matches(name))
        #expect(!Glob(String(repeating: "[", count: 50_000) + "]").matches(name))
    }
}
