public import ZooBase

extension CheckpointDiff {
    /// A part of the model: the tensors whose names begin alike, up to the first number.
    public struct Group: Sendable, Hashable {
        /// What the names begin with.
        public let name: String
        /// Number of tensors.
        public let tensorCount: Int
        /// Number of tensors whose values differ, or that only one of the two has.
        public let changedCount: Int
        /// The norm of all differences over the norm of all tensors of the first; NaN when none can be compared or they
        /// are zero.
        public let relativeChange: Double
    }

    /// The parts that `entries` make, with the norms of unchanged tensors where others of their part changed.
    static func groups(_ entries: [Entry], _ first: Checkpoint) throws(CheckpointError) -> [Group] {
        var order: [String] = []
        var members: [String: [Entry]] = [:]
        for entry in entries {
            let name = groupName(entry.name)
            if members[name] == nil { order.append(name) }
            members[name, default: []].append(entry)
        }
        var groups: [Group] = []
        for name in order {
            let entries = members[name] ?? []
            var (squares, norm) = (0.0, 0.0)
            let hasDifference = entries.contains { $0.elements != nil }
            for entry in entries where hasDifference && !entry.isAdded && !entry.isRemoved {
                if let elements = entry.elements {
                    squares += elements.squares
                    norm += elements.firstSquares
                } else if entry.hasSameContent, let view = try first[entry.name]?.view() {
                    norm += ElementDifference(view, view)?.firstSquares ?? 0
                    view.storage.relinquish(view.range)
                }
            }
            let isComparable = hasDifference || entries.allSatisfy(\.hasSameContent)
            groups.append(
                Group(
                    name: name, tensorCount: entries.count,
                    changedCount: entries.count { !$0.hasSameContent },
                    relativeChange: !isComparable ? .nan : squares == 0 ? 0 : (squares / norm).squareRoot()))
        }
        return groups
    }

    /// The name up to its first part that is a number or ends in one; without such a part, all but the last two parts,
    /// or the first when there are no more than two.
    static func groupName(_ name: String) -> String {
        let separator: Character = name.contains("/") ? "/" : "."
        let parts = name.split(separator: separator, omittingEmptySubsequences: false)
        let numbered = parts.dropLast().firstIndex { $0.last?.isWholeNumber ?? false }
        let count = numbered.map { $0 + 1 } ?? max(1, parts.count - 2)
        return parts.prefix(count).joined(separator: String(separator))
    }
}

extension CheckpointDiff: JSONRepresentable {
    /// Names in camel case; tensors that are the same are counted and not listed.
    public var json: JSON {
        .object([
            "same": .bool(isSame), "sameWeights": .bool(hasSameWeights), "resharded": .bool(isResharded),
            "formats": .array(formats.map(JSON.string)),
            "fileCounts": .array(files.map { .integer($0.count) }),
            "sameCount": .integer(entries.count { $0.isSame }),
            "tensors": .array(entries.filter { !$0.isSame }.map(\.json)),
            "groups": .array(
                groups.map {
                    [
                        "name": .string($0.name), "tensorCount": .integer($0.tensorCount),
                        "changedCount": .integer($0.changedCount), "relativeChange": .number($0.relativeChange),
                    ]
                }),
            "metadata": .array(
                metadata.map {
                    .object([
                        "name": .string($0.name), "first": $0.first.map(JSON.string),
                        "second": $0.second.map(JSON.string),
                    ])
                }),
        ])
    }
}

extension CheckpointDiff.Entry: JSONRepresentable {
    /// Names in camel case; `differences` lists in words what differs.
    public var json: JSON {
        .object([
            "first": first.map(Self.json), "second": second.map(Self.json),
            "differences": .array(differences.map(JSON.string)),
            "axes": axes.map { .array($0.map(JSON.integer)) },
            "elements": elements?.json,
        ])
    }

    /// What differs, a word each: added, removed, renamed, transposed, reshaped, recast, changed.
    public var differences: [String] {
        let words = [
            ("added", isAdded), ("removed", isRemoved), ("renamed", isRenamed), ("transposed", isTransposed),
            ("reshaped", isReshaped), ("recast", isRecast), ("changed", isChanged),
        ]
        return words.filter(\.1).map(\.0)
    }

    private static func json(_ info: TensorInfo) -> JSON {
        [
            "name": .string(info.name), "dtype": .string(info.dtype.rawValue),
            "shape": .array(info.shape.dimensions.map(JSON.integer)),
        ]
    }
}
