public import ZooBase

/// What differs between two checkpoints: tensors paired by name, then by content.
public struct CheckpointDiff: Sendable {
    /// One tensor of the first, the second, or both.
    public struct Entry: Sendable, Hashable {
        /// The tensor in the first; nil when it was added.
        public let first: TensorInfo?
        /// The tensor in the second; nil when it was removed.
        public let second: TensorInfo?
        /// Whether nothing but names, the order of axes, and rounding to the dtype differs.
        public let hasSameContent: Bool
        /// The order of axes that makes the first the second (axis i of the second is axis `axes[i]` of the first); nil
        /// when they are in the same order.
        public let axes: [Int]?
        /// How far the elements are from each other; nil when they are the same bytes or cannot be compared.
        public let elements: ElementDifference?
        /// Whether a name map told that the two belong together, whatever their layouts.
        public let isMapped: Bool

        /// Whether it is only in the second.
        public var isAdded: Bool { first == nil }
        /// Whether it is only in the first.
        public var isRemoved: Bool { second == nil }
        /// Whether it is in both under different names.
        public var isRenamed: Bool { isPaired && first?.name.utf8.elementsEqual(second?.name.utf8 ?? "".utf8) == false }
        /// Whether its axes are in another order.
        public var isTransposed: Bool { axes != nil }
        /// Whether it has another dtype.
        public var isRecast: Bool { isPaired && first?.dtype != second?.dtype }
        /// Whether it has another shape, which no order of axes explains.
        public var isReshaped: Bool { isPaired && !isMapped && axes == nil && first?.shape != second?.shape }
        /// Whether it is in both and the values differ.
        public var isChanged: Bool { isPaired && !hasSameContent }
        /// Whether nothing at all differs.
        public var isSame: Bool { isPaired && hasSameContent && first == second && axes == nil }

        private var isPaired: Bool { first != nil && second != nil }
        /// The name in the first, or in the second when it was added.
        public var name: String { first?.name ?? second?.name ?? "" }
    }

    /// One metadata entry that differs.
    public struct MetadataChange: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The value in the first; nil when there is none.
        public let first: String?
        /// The value in the second; nil when there is none.
        public let second: String?
    }

    /// The tensors of the first in their order, then those that were added.
    public let entries: [Entry]
    /// The parts of the model, in the order in which they appear.
    public let groups: [Group]
    /// Metadata that differs, sorted by name.
    public let metadata: [MetadataChange]
    /// The formats of the two.
    public let formats: [String]
    /// The files of the first and of the second.
    public let files: [[Checkpoint.File]]

    /// Whether the tensors are spread over files in another way.
    public var isResharded: Bool {
        files[0].count != files[1].count
            || files[0].count > 1 && files[0].map(\.tensorCount) != files[1].map(\.tensorCount)
    }
    /// Whether the tensors are the same: names, dtypes, shapes and bytes.
    public var hasSameWeights: Bool { entries.allSatisfy(\.isSame) }
    /// Whether tensors and metadata are the same.
    public var isSame: Bool { hasSameWeights && metadata.isEmpty }

    /// Compares two checkpoints; one tensor of each is in memory at a time.
    ///
    /// `aligned` has, for each tensor of the two, the same one in names and layouts that both share, or nil where those are
    /// not known: what neither name nor content pairs is paired by them.
    ///
    /// - Throws: `CheckpointError` when the bytes of a tensor cannot be made.
    public static func compare(
        _ first: Checkpoint, _ second: Checkpoint,
        aligned: (first: [CheckpointTensor?], second: [CheckpointTensor?]) = ([], [])
    ) throws(CheckpointError) -> CheckpointDiff {
        var pairing = TensorPairing(first.tensors, second.tensors)
        try pairing.run(aligned: aligned)
        var entries: [Entry] = []
        for pair in pairing.pairs {
            if pair.isMapped {
                entries.append(try entry(pair, first.tensors, second.tensors, aligned.first, aligned.second))
            } else {
                entries.append(try entry(pair, first.tensors, second.tensors, first.tensors, second.tensors))
            }
        }
        return CheckpointDiff(
            entries: entries, groups: try groups(entries, first), metadata: changes(first, second),
            formats: [first.format, second.format], files: [first.files, second.files])
    }

    /// What is said of a pair: its tensors are those of `first` and `second`, its elements those of the last two.
    private static func entry(
        _ pair: TensorPairing.Pair, _ first: [CheckpointTensor], _ second: [CheckpointTensor],
        _ firstElements: [CheckpointTensor?], _ secondElements: [CheckpointTensor?]
    ) throws(CheckpointError) -> Entry {
        var elements: ElementDifference?
        if !pair.hasSameBytes, let left = pair.first.flatMap({ firstElements[$0] }),
            let right = pair.second.flatMap({ secondElements[$0] })
        {
            let arranged = try pair.axes.map { axes throws(CheckpointError) in try left.permuted(axes) } ?? left
            let (one, other) = (try arranged.view(), try right.view())
            elements = ElementDifference(one, other)
            one.storage.relinquish(one.range)
            other.storage.relinquish(other.range)
        }
        return Entry(
            first: pair.first.map { first[$0].info }, second: pair.second.map { second[$0].info },
            hasSameContent: pair.hasSameContent, axes: pair.axes, elements: elements, isMapped: pair.isMapped)
    }

    private static func changes(_ first: Checkpoint, _ second: Checkpoint) -> [MetadataChange] {
        let names = Set((first.metadata + second.metadata).map { ExactString($0.name) }).sorted().map(\.text)
        return names.compactMap { name in
            let (left, right) = (first.metadata(name), second.metadata(name))
            guard left.map(ExactString.init) != right.map(ExactString.init) else { return nil }
            return MetadataChange(name: name, first: left, second: right)
        }
    }
}
