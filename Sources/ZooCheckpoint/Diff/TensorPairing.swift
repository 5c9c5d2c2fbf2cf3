internal import ZooBase

/// Which tensor of one checkpoint is which of another: by name where that fits, otherwise by content.
struct TensorPairing {
    /// Two tensors that belong together, or one that has no partner.
    struct Pair {
        var first: Int?
        var second: Int?
        var axes: [Int]?
        /// Whether the bytes are the same as they lie.
        var hasSameBytes = false
        /// Whether they are, once axes and dtype are.
        var hasSameContent = false
        /// Whether a name map told that they belong together.
        var isMapped = false
    }

    /// The pairs: the first checkpoint's tensors in their order, then those without a partner in the second.
    var pairs: [Pair] {
        first.indices.map { found[$0] ?? Pair(first: $0) } + freeSecond.map { Pair(second: $0) }
    }

    private let first: [CheckpointTensor]
    private let second: [CheckpointTensor]
    private var found: [Int: Pair] = [:]
    private var taken = Set<Int>()
    private var digests: [Int: ContentDigest] = [:]

    /// Tensors with more axes than this are not tried in other orders.
    private static let mostAxes = 4
    /// How many elements are looked at before a tensor is rearranged.
    private static let samples = 1021

    init(_ first: [CheckpointTensor], _ second: [CheckpointTensor]) {
        self.first = first
        self.second = second
    }

    private var freeFirst: [Int] { first.indices.filter { found[$0] == nil } }
    private var freeSecond: [Int] { second.indices.filter { !taken.contains($0) } }

    mutating func run(
        aligned: (first: [CheckpointTensor?], second: [CheckpointTensor?])
    ) throws(CheckpointError) {
        let places = Dictionary(
            uniqueKeysWithValues: second.enumerated().map { (ExactString($1.info.name), $0) })
        var unlike: [(Int, Int)] = []
        for (index, tensor) in first.enumerated() {
            guard let partner = places[ExactString(tensor.info.name)] else { continue }
            if let pair = try compare(index, partner) { take(pair) } else { unlike.append((index, partner)) }
        }
        try pairByBytes()
        try pairByContent()
        pairByMap(aligned.first, aligned.second)
        // What has the same name and nothing else in common is still the same place of the model.
        for (index, partner) in unlike where found[index] == nil && !taken.contains(partner) {
            take(Pair(first: index, second: partner))
        }
    }

    /// What a name map gives one name and one shape.
    private mutating func pairByMap(_ one: [CheckpointTensor?], _ other: [CheckpointTensor?]) {
        guard one.count == first.count, other.count == second.count else { return }
        var places: [ExactString: Int] = [:]
        for index in freeSecond { if let tensor = other[index] { places[ExactString(tensor.info.name)] = index } }
        for index in freeFirst {
            guard let tensor = one[index], let partner = places[ExactString(tensor.info.name)],
                other[partner]?.info.shape == tensor.info.shape
            else { continue }
            take(Pair(first: index, second: partner, isMapped: true))
        }
    }

    private mutating func take(_ pair: Pair) {
        guard let one = pair.first, let other = pair.second else { return }
        found[one] = pair
        taken.insert(other)
    }

    /// Two tensors of one name; nil when their shapes cannot be made the same.
    private func compare(_ index: Int, _ partner: Int) throws(CheckpointError) -> Pair? {
        let (one, other) = (first[index], second[partner])
        var pair = Pair(first: index, second: partner)
        if one.info.shape == other.info.shape {
            if one.info.dtype == other.info.dtype {
                pair.hasSameBytes = try one.hasEqualBytes(other)
                pair.hasSameContent = pair.hasSameBytes
                if pair.hasSameBytes { return pair }
            } else if try one.isCast(of: other) {
                pair.hasSameContent = true
                return pair
            }
        }
        for axes in Self.orders(one.info.shape, to: other.info.shape) {
            let arranged = try Self.permuted(one, axes)
            guard let arranged, try Self.mayBe(one, axes, other), try Self.isSame(arranged, other) else { continue }
            pair.axes = axes
            pair.hasSameContent = true
            pair.hasSameBytes = one.info.dtype == other.info.dtype
            return pair
        }
        return one.info.shape == other.info.shape ? pair : nil
    }

    private static func isSame(
        _ one: CheckpointTensor, _ other: CheckpointTensor
    ) throws(CheckpointError) -> Bool {
        one.info.dtype == other.info.dtype ? try one.hasEqualBytes(other) : try one.isCast(of: other)
    }

    private struct Form: Hashable {
        let dtype: DType
        let byteCount: Int
    }

    /// Tensors without a partner that have the same dtype and bytes, those of the same shape first.
    private mutating func pairByBytes() throws(CheckpointError) {
        let candidates = Dictionary(grouping: freeSecond) { form(second[$0]) }
        for index in freeFirst where first[index].info.byteCount > 0 {
            let partners = (candidates[form(first[index])] ?? []).filter { !taken.contains($0) }
            guard !partners.isEmpty else { continue }
            let digest = try digest(first[index])
            var same: [Int] = []
            for partner in partners where try digestOfSecond(partner) == digest { same.append(partner) }
            let shape = first[index].info.shape
            guard let partner = same.first(where: { second[$0].info.shape == shape }) ?? same.first else { continue }
            take(Pair(first: index, second: partner, hasSameBytes: true, hasSameContent: true))
        }
    }

    private func form(_ tensor: CheckpointTensor) -> Form {
        Form(dtype: tensor.info.dtype, byteCount: tensor.info.byteCount)
    }

    private func digest(_ tensor: CheckpointTensor) throws(CheckpointError) -> ContentDigest {
        try unsafe tensor.withElements { bytes in unsafe ContentDigest(of: bytes) }
    }

    private mutating func digestOfSecond(_ index: Int) throws(CheckpointError) -> ContentDigest {
        if let digest = digests[index] { return digest }
        let digest = try digest(second[index])
        digests[index] = digest
        return digest
    }

    /// Tensors without a partner that are the same once their axes are rearranged, their dtype is, or both.
    private mutating func pairByContent() throws(CheckpointError) {
        for index in freeFirst where first[index].info.byteCount > 0 {
            let info = first[index].info
            let partners = freeSecond.filter { second[$0].info.shape.elementCount == info.shape.elementCount }
            // Each arrangement is made once, and compared by digest with all partners it could be.
            let shapes = Set(partners.map { second[$0].info.shape })
            for shape in shapes.sorted(by: { $0.dimensions.lexicographicallyPrecedes($1.dimensions) }) {
                for axes in [nil] + Self.orders(info.shape, to: shape).map(Optional.some) where found[index] == nil {
                    guard axes != nil || shape == info.shape else { continue }
                    try pair(index, axes, with: partners.filter { second[$0].info.shape == shape })
                }
            }
        }
    }

    private mutating func pair(_ index: Int, _ axes: [Int]?, with partners: [Int]) throws(CheckpointError) {
        guard let tensor = try Self.permuted(first[index], axes) else { return }
        var made: [DType: ContentDigest] = [:]
        for partner in partners where !taken.contains(partner) {
            let dtype = second[partner].info.dtype
            let isRecast = dtype != tensor.info.dtype
            guard axes != nil || isRecast else { continue }
            guard !isRecast || (dtype.isFloat && tensor.info.dtype.isFloat) else { continue }
            if made[dtype] == nil { made[dtype] = try digest(tensor.casting(to: dtype)) }
            var isSame = try digestOfSecond(partner) == made[dtype]
            if !isSame, isRecast, dtype.bitWidth >= tensor.info.dtype.bitWidth {
                isSame = try second[partner].casting(to: tensor.info.dtype).hasEqualBytes(tensor)
            }
            guard isSame else { continue }
            take(Pair(first: index, second: partner, axes: axes, hasSameBytes: !isRecast, hasSameContent: true))
            return
        }
    }

    /// `tensor` with its axes in the order given; nil when its elements are not whole bytes.
    private static func permuted(
        _ tensor: CheckpointTensor, _ axes: [Int]?
    ) throws(CheckpointError) -> CheckpointTensor? {
        guard let axes else { return tensor }
        return tensor.info.dtype.bitWidth % 8 == 0 ? try tensor.permuted(axes) : nil
    }

    /// Whether some elements of `other`, spread over it, are where they would be if it were `one` with its axes in this
    /// order.
    ///
    /// Fine-tuned square matrices differ and are no transposes: this tells without rearranging them.
    private static func mayBe(
        _ one: CheckpointTensor, _ axes: [Int], _ other: CheckpointTensor
    ) throws(CheckpointError) -> Bool {
        let width = one.info.dtype.bitWidth / 8
        guard one.info.dtype == other.info.dtype, width > 0 else { return true }
        let shape = one.info.shape
        let (source, target) = (try one.view(), try other.view())
        let step = max(1, shape.elementCount / samples)
        return unsafe source.withUnsafeBytes { before in
            unsafe target.withUnsafeBytes { after in
                for place in stride(from: 0, to: shape.elementCount, by: step) {
                    var rest = place
                    var index = [Int](repeating: 0, count: shape.rank)
                    for axis in axes.reversed() {
                        index[axis] = rest % shape[axis]
                        rest /= shape[axis]
                    }
                    let from = zip(index, shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }
                    for byte in 0..<width
                    where unsafe before[from * width + byte] != after[place * width + byte] { return false }
                }
                return true
            }
        }
    }

    /// The orders of axes, other than the order they are in, that make `shape` into `target`, with neighbouring axes taken
    /// together on one side where it has fewer.
    static func orders(_ shape: Shape, to target: Shape) -> [[Int]] {
        guard (2...mostAxes).contains(shape.rank), shape.elementCount > 1, shape.elementCount == target.elementCount
        else { return [] }
        return permutations(shape.rank).filter { axes in
            axes != Array(axes.indices) && fits(axes.map { shape[$0] }, target.dimensions) && moves(axes, shape)
        }
    }

    /// Whether one is the other once neighbours are taken together.
    private static func fits(_ one: [Int], _ other: [Int]) -> Bool {
        let (fine, coarse) = one.count >= other.count ? (one, other) : (other, one)
        var rest = fine[...]
        for size in coarse {
            var product = 1
            repeat {
                guard let next = rest.popFirst() else { return false }
                product *= next
            } while product < size
            guard product == size else { return false }
        }
        return rest.allSatisfy { $0 == 1 }
    }

    /// Whether the axes of more than one place change their order.
    private static func moves(_ axes: [Int], _ shape: Shape) -> Bool {
        let moved = axes.filter { shape[$0] > 1 }
        return moved != moved.sorted() || axes.map { shape[$0] } != shape.dimensions
    }

    private static func permutations(_ count: Int) -> [[Int]] {
        (0..<count).reduce([[]]) { orders, _ in
            orders.flatMap { order in (0..<count).filter { !order.contains($0) }.map { order + [$0] } }
        }
    }
}
