/// Where a text that is too long loses tokens.
public struct Truncation: Sendable, Hashable {
    /// The end that is cut.
    public enum Side: String, Sendable {
        case left = "Left"
        case right = "Right"
    }

    /// The most tokens a result may have, special tokens counted; the special tokens themselves always stay.
    public var maximumLength: Int
    /// The end that is cut.
    public var side: Side

    /// Makes the rule.
    public init(maximumLength: Int, side: Side = .right) {
        self.maximumLength = maximumLength
        self.side = side
    }

    init(_ field: JSONField) throws(TextError) {
        maximumLength = try field.required("max_length").integer(in: 0...Int(Int32.max))
        _ = try field.required("strategy").choice(of: ["LongestFirst"])
        let name = try field.optional("direction")?.choice(of: ["Left", "Right"])
        side = name == "Left" ? .left : .right
    }

    /// How many tokens each of two texts keeps when `room` are left for both (`longest_first`): the longer one gives
    /// way; when both are longer than half, the longer gets the odd token.
    static func longestFirst(_ first: Int, _ second: Int, room: Int) -> (first: Int, second: Int) {
        guard first + second > room else { return (first, second) }
        let isSwapped = first > second
        var shorter = min(first, second)
        var longer = shorter > room ? shorter : max(shorter, room - shorter)
        if shorter + longer > room {
            shorter = room / 2
            longer = shorter + room % 2
        }
        return isSwapped ? (min(first, longer), min(second, shorter)) : (min(first, shorter), min(second, longer))
    }
}
