/// How the sequences of a batch lie in one run of tokens, end to end, without padding.
public struct Packing: Sendable, Hashable {
    /// Where each sequence starts, and after the last the number of all tokens.
    public let starts: [Int]

    /// Packs sequences of the given lengths, each at least 1.
    public init(lengths: [Int]) {
        precondition(lengths.allSatisfy { $0 > 0 }, "a sequence without tokens: \(lengths)")
        var starts = [0]
        for length in lengths { starts.append(starts[starts.count - 1] + length) }
        self.starts = starts
    }

    /// Number of sequences.
    public var count: Int { starts.count - 1 }
    /// Number of tokens of all sequences.
    public var tokenCount: Int { starts[count] }
    /// The length of the longest sequence.
    public var maximumLength: Int { lengths.max() ?? 0 }
    /// The length of each sequence.
    public var lengths: [Int] { (0..<count).map { starts[$0 + 1] - starts[$0] } }
    /// The tokens of sequence `index`.
    public subscript(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}

/// A batch of tokenized sequences, end to end.
public struct TokenBatch: Sendable, Hashable {
    /// Token ids, one a token.
    public let ids: [UInt32]
    /// Segment ids (0 or 1 in BERT), one a token.
    public let typeIDs: [UInt32]
    /// Where the sequences lie.
    public let packing: Packing

    /// Packs sequences given one by one; without `typeIDs` all are 0.
    public init(sequences: [[UInt32]], typeIDs: [[UInt32]]? = nil) {
        ids = sequences.flatMap { $0 }
        self.typeIDs = typeIDs?.flatMap { $0 } ?? [UInt32](repeating: 0, count: ids.count)
        packing = Packing(lengths: sequences.map(\.count))
        precondition(self.typeIDs.count == ids.count, "\(self.typeIDs.count) segment ids for \(ids.count) tokens")
    }
}
