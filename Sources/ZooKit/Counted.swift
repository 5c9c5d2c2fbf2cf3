/// A number with its noun: `1 row`, `2 rows`.
struct Counted: CustomStringConvertible {
    let description: String

    /// `noun` is the singular of a noun whose plural ends in s.
    init(_ count: Int, _ noun: String) { description = "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
