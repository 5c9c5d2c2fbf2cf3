import ZooBase

/// A division of rows into training and validation: stratified by label, seeded, the same on every machine.
///
/// Rows with the same text stay together, so no text is on both sides. The side of a text depends on the seed, the text
/// and the other texts of its label, not on the order of the file: texts of a label are taken for validation by
/// ascending key, the SplitMix64 output (Steele, Lea, Flood 2014) of the seed plus the FNV-1a hash of the text's UTF-8.
/// Every label keeps a text on each side when it has at least two.
public struct Split: Sendable, Equatable {
    /// Indices of the training rows, ascending.
    public let training: [Int]
    /// Indices of the validation rows, ascending.
    public let validation: [Int]
    /// The fraction asked for.
    public let fraction: Double
    /// The seed.
    public let seed: UInt64

    private struct Group {
        var rows: [Int]
        let key: UInt64
    }

    /// Takes about `fraction` (0 to 1) of the rows of each label for validation.
    public init(_ rows: [DataRow], fraction: Double = 0.1, seed: UInt64) {
        precondition((0...1).contains(fraction), "a fraction of \(fraction)")
        self.fraction = fraction
        self.seed = seed
        var isValidation = [Bool](repeating: false, count: rows.count)
        for stratum in Self.strata(rows, seed: seed) {
            let total = stratum.reduce(0) { $0 + $1.rows.count }
            let wanted = Int((Double(total) * fraction).rounded())
            guard fraction > 0, stratum.count > 1 else { continue }
            var taken = 0
            for group in stratum.dropLast() {
                if taken > 0, taken + group.rows.count > wanted { break }
                for row in group.rows { isValidation[row] = true }
                taken += group.rows.count
            }
        }
        training = rows.indices.filter { !isValidation[$0] }
        validation = rows.indices.filter { isValidation[$0] }
    }

    /// The groups of equal text, by label, in the order in which they are taken.
    private static func strata(_ rows: [DataRow], seed: UInt64) -> [[Group]] {
        var labelRows: [ExactString: Int] = [:]
        for row in rows { labelRows[ExactString(row.label ?? ""), default: 0] += 1 }
        var places: [ExactString: Int] = [:]
        var groups: [Group] = []
        for (index, row) in rows.enumerated() {
            let text = ExactString(row.text)
            if let place = places[text] {
                groups[place].rows.append(index)
            } else {
                places[text] = groups.count
                groups.append(Group(rows: [index], key: key(of: row.text, seed: seed)))
            }
        }
        // A text with contradicting labels counts for the rarest of them, which needs it most.
        let byLabel = Dictionary(grouping: groups) { group in
            group.rows.map { ExactString(rows[$0].label ?? "") }.min { left, right in
                (labelRows[left] ?? 0, left) < (labelRows[right] ?? 0, right)
            } ?? ExactString("")
        }
        return byLabel.sorted { $0.key < $1.key }.map { _, groups in
            groups.sorted { ($0.key, $0.rows[0]) < ($1.key, $1.rows[0]) }
        }
    }

    static func key(of text: String, seed: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        var mixed = seed &+ hash &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
