/// How the sequences of a batch lie in one run of tokens, end to end, without padding.
public struct Packing: Sendable, Hashable {
    /// Where each sequence starts, and after the last the number of all tokens.
    public private(set) var starts = [0]

    /// Packs sequences of the given lengths, each at least 1.
    public init(lengths: [Int]) { for length in lengths { append(length: length) } }

    /// Adds a sequence at the end.
    mutating func append(length: Int) {
        precondition(length > 0, "a sequence without tokens")
        starts.append(tokenCount + length)
    }

    /// Memory for the sequences of a pass.
    mutating func reserve(_ size: PassSize) { starts.reserveCapacity(size.sequences + 1) }

    /// Becomes like `other`, in memory of its own.
    mutating func assign(_ other: Packing) {
        starts.removeAll(keepingCapacity: true)
        starts.append(contentsOf: other.starts)
    }

    /// Forgets all sequences, but keeps the memory.
    mutating func removeAll() { starts.removeSubrange(1...) }

    /// Number of sequences.
    public var count: Int { starts.count - 1 }
    /// Number of tokens of all sequences.
    public var tokenCount: Int { starts[count] }
    /// The length of the longest sequence.
    public var maximumLength: Int { (0..<count).reduce(0) { max($0, self[$1].count) } }
    /// The length of each sequence.
    public var lengths: [Int] { (0..<count).map { self[$0].count } }
    /// The tokens of sequence `index`.
    public subscript(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}

/// A batch of tokenized sequences, end to end.
public struct TokenBatch: Sendable, Hashable {
    /// Token ids, one a token.
    public private(set) var ids: [UInt32] = []
    /// Segment ids (0 or 1 in BERT), one a token.
    public private(set) var typeIDs: [UInt32] = []
    /// Where the sequences lie.
    public private(set) var packing = Packing(lengths: [])

    /// A batch of no sequences yet.
    public init() {}

    /// Packs sequences given one by one; without `typeIDs` all are 0.
    public init(sequences: [[UInt32]], typeIDs: [[UInt32]]? = nil) {
        precondition(typeIDs.map { $0.count == sequences.count } ?? true, "not one list of segment ids a sequence")
        for (index, ids) in sequences.enumerated() {
            append(ids: ids, typeIDs: typeIDs?[index] ?? [UInt32](repeating: 0, count: ids.count))
        }
    }

    /// Adds a sequence, which has at least one token, at the end.
    public mutating func append(ids: [UInt32], typeIDs: [UInt32]) {
        precondition(typeIDs.count == ids.count, "\(typeIDs.count) segment ids for \(ids.count) tokens")
        self.ids.append(contentsOf: ids)
        self.typeIDs.append(contentsOf: typeIDs)
        packing.append(length: ids.count)
    }

    /// Memory for the tokens of a pass.
    public mutating func reserve(_ size: PassSize) {
        ids.reserveCapacity(size.tokens)
        typeIDs.reserveCapacity(size.tokens)
        packing.reserve(size)
    }

    /// Forgets all sequences, but keeps the memory for others.
    public mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        typeIDs.removeAll(keepingCapacity: true)
        packing.removeAll()
    }
}
