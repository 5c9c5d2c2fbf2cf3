import ZooBase

/// Tokens and their ids; tokens are compared by their bytes.
struct Vocabulary: Sendable {
    private let bytes: [UInt8]
    private let starts: [Int32]
    private let ends: [Int32]
    private let ids: [Int32]
    /// The numbers of the entries, by id.
    private let order: [Int32]
    /// From a whole token to its id.
    let table: ByteTable

    /// Collects entries.
    struct Builder {
        /// The UTF-8 of all tokens, end to end.
        var bytes: [UInt8] = []
        fileprivate var starts: [Int32] = []
        fileprivate var ends: [Int32] = []
        fileprivate var ids: [Int32] = []

        /// Makes what was appended to `bytes` since the last entry a token.
        mutating func endToken(id: Int32) {
            starts.append(ends.last ?? 0)
            ends.append(Int32(bytes.count))
            ids.append(id)
        }
    }

    /// Makes the vocabulary.
    ///
    /// `keepsLast`: a token that is listed twice has its last id, as the `tokenizers` library
    /// reads vocab.txt; otherwise it is an error.
    init(_ builder: Builder, file: String, keepsLast: Bool = false) throws(TextError) {
        (bytes, starts, ends, ids) = (builder.bytes, builder.starts, builder.ends, builder.ids)
        table = ByteTable(bytes: bytes, starts: starts, ends: ends, values: ids)
        let ids = builder.ids
        var order = (0..<Int32(ids.count)).map { $0 }
        if zip(ids, ids.dropFirst()).contains(where: { $0 > $1 }) {
            order.sort { ids[Int($0)] < ids[Int($1)] }
        }
        self.order = order
        if let duplicate = table.duplicate, !keepsLast {
            throw .duplicateToken(file: file, token: text(Int32(duplicate.second)))
        }
        for (first, second) in zip(order, order.dropFirst()) where ids[Int(first)] == ids[Int(second)] {
            throw .duplicateID(file: file, id: Int(ids[Int(first)]), first: text(first), second: text(second))
        }
    }

    /// Number of tokens.
    var count: Int { ids.count }

    /// The highest id; nil when there is no token.
    var highestID: Int32? { order.last.map { ids[Int($0)] } }

    /// The id of `token`.
    func id(of token: String) -> Int32? { table.value(of: Array(token.utf8)) }

    /// The token with `id`.
    func token(_ id: Int32) -> String? {
        guard id >= 0 else { return nil }
        if Int(id) < order.count, ids[Int(order[Int(id)])] == id { return text(order[Int(id)]) }
        let index = order.partitioningIndex { ids[Int($0)] >= id }
        return index < order.count && ids[Int(order[index])] == id ? text(order[index]) : nil
    }

    /// A table of the tokens that begin with `prefix`, keyed by what follows it.
    func tokens(after prefix: [UInt8]) -> ByteTable {
        var keys: (starts: [Int32], ends: [Int32], values: [Int32]) = ([], [], [])
        for index in ids.indices {
            let range = Int(starts[index])..<Int(ends[index])
            if range.count > prefix.count, bytes[range].starts(with: prefix) {
                keys.starts.append(starts[index] + Int32(prefix.count))
                keys.ends.append(ends[index])
                keys.values.append(ids[index])
            }
        }
        return ByteTable(bytes: bytes, starts: keys.starts, ends: keys.ends, values: keys.values)
    }

    private func text(_ entry: Int32) -> String {
        String(decoding: bytes[Int(starts[Int(entry)])..<Int(ends[Int(entry)])], as: UTF8.self)
    }
}
