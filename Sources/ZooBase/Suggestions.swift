/// Names close to one that does not exist.
public enum Suggestions {
    /// Up to `limit` of `candidates` that a slip of the fingers away from `word`, nearest first.
    public static func near(_ word: String, among candidates: [String], limit: Int = 3) -> [String] {
        let folded = word.lowercased()
        let scored = candidates.compactMap { candidate -> (distance: Int, name: String)? in
            let other = candidate.lowercased()
            if folded.count >= 3, other.contains(folded) { return (1, candidate) }
            let distance = editDistance(Array(folded.utf8), Array(other.utf8))
            return distance <= max(folded.utf8.count < 5 ? 1 : 2, folded.utf8.count / 3) ? (distance, candidate) : nil
        }
        return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
    }

    /// Levenshtein's distance.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                current.append(
                    min(previous[column + 1] + 1, current[column] + 1, previous[column] + (byte == other ? 0 : 1)))
            }
            previous = current
        }
        return previous[right.count]
    }
}
