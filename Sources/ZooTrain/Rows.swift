internal import ZooTensor

/// A text as the model reads it.
public struct TokenizedRow: Sendable, Hashable {
    /// Token ids, at least one.
    public let ids: [UInt32]
    /// Segment ids, one a token.
    public let typeIDs: [UInt32]

    /// Takes what a tokenizer gives; traps when there is no token, or an id is negative.
    public init(ids: [Int32], typeIDs: [Int32]) {
        precondition(!ids.isEmpty && ids.count == typeIDs.count, "\(ids.count) ids, \(typeIDs.count) segment ids")
        self.ids = ids.map { UInt32($0) }
        self.typeIDs = typeIDs.map { UInt32($0) }
    }
}

/// A row to learn from or to be judged by.
public struct LabelledRow: Sendable, Hashable {
    /// The text.
    public let tokens: TokenizedRow
    /// What the model should say.
    public let target: Target

    /// Gathers the two.
    public init(_ tokens: TokenizedRow, target: Target) {
        self.tokens = tokens
        self.target = target
    }
}

extension TokenBatch {
    /// Packs rows end to end.
    init(_ rows: some Sequence<TokenizedRow>) {
        self.init()
        for row in rows { append(row) }
    }

    /// Adds a row at the end.
    mutating func append(_ row: TokenizedRow) { append(ids: row.ids, typeIDs: row.typeIDs) }
}
