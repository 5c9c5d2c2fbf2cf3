internal import CKernels
internal import ZooBase

/// The products of linear layers by our own kernel, on packed operands.
///
/// Every element is summed over the depth in order, so neither the tiles nor what else is in the batch changes a bit.
/// Layers that read the same input share a region of work.
final class PackedProducts {
    /// A layer on the way forward: Y[m, n] = X Wᵀ + bias.
    struct Forward {
        let output: UnsafeMutablePointer<Float>
        let weight: Parameter
        let bias: Parameter?
        var n: Int { weight.shape[0] }
    }

    /// A layer on the way back from its gradient dY[m, n]: what is nil is not wanted.
    struct Backward {
        let slope: UnsafeMutablePointer<Float>
        /// What went into the activation, when that is a GELU; dY is then multiplied by its slope, in place.
        let before: UnsafePointer<Float>?
        var activation = Activation.gelu
        let weight: Parameter
        /// dW[n, k] (+)= dYᵀ X.
        let weightGradient: UnsafeMutablePointer<Float>?
        /// The sums of dY's columns.
        let biasGradient: UnsafeMutablePointer<Float>?
        var n: Int { weight.shape[0] }

        /// Multiplies dY by the activation's slope.
        func takeSlope(m: Int, _ workers: Workers) {
            guard let before else { return }
            let (slope, kernel) = (slope, activation == .geluTanh ? ck_gelu_tanh_backward : ck_gelu_backward)
            workers.run(over: m * n, by: 16384) { range, _ in
                let first = range.lowerBound
                kernel(slope + first, slope + first, before + first, range.count)
            }
        }
    }

    let workers: Workers
    var precision = Precision.f32 { didSet { kernels = PackedKernels(precision) } }
    private(set) var kernels = PackedKernels(.f32)
    /// Packed weights, packed operands of dW and sums of columns, kept from product to product.
    var weights = Buffer(zeros: 0), operands = Buffer(zeros: 0), sums = Buffer(zeros: 0)
    /// Left operands as rows of pairs.
    var rows = Buffer(zeros: 0)
    /// Memory is obtained for this many rows of X at once, though only what is written costs anything.
    var expectedRows = 0

    /// For each worker: a part of a left operand and a tile of a result.
    let blocks: [(left: Buffer, result: Buffer)]

    static let panel = Int(CK_PANEL)

    init(workers: Workers) {
        self.workers = workers
        blocks = (0..<workers.count).map { _ in
            (Buffer(zeros: Self.weightRows * Self.depth), Buffer(zeros: Self.weightRows * Self.weightColumns))
        }
    }

    /// Whether the kernel is fast here: the processor needs fused multiply-adds.
    static let isFast = ck_best_isa() != CK_ISA_BASELINE

    /// Computes all `layers` on X[m, k]; then `finish` on each tile of a layer's output while it is in the cache.
    ///
    /// In bf16 X as the products read it, in rows of pairs, goes to `kept` when that is given.
    func forward(
        _ x: UnsafePointer<Float>, m: Int, k: Int, _ layers: Few<Forward>, kept: UnsafeMutablePointer<Float>?,
        finish: (_ layer: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void
    ) {
        let panels = Pieces(layers.map { Self.pieces($0.n, Self.panel) })
        let (kernels, slots) = (kernels, kernels.slots(k))
        Buffer.reserve(&weights, panels.count * Self.panel * slots)
        let packed = weights.start
        if kept == nil { reserveRows(m, slots) }
        let left = leftRows(x, m, k, pairs: kept ?? rows.start)
        workers.run(tiles: panels.count, then: left.tiles) { tile, _ in
            if tile >= panels.count { return left.fill(tile - panels.count) }
            let (index, panel) = panels[tile], first = panel * Self.panel
            let layer = layers[index]
            kernels.packTransposed(
                packed + tile * Self.panel * slots, layer.weight.value.start + first * k, k, k,
                min(Self.panel, layer.n - first))
        }
        let size = Tile(depth: k)
        let tiles = Pieces(layers.map { size.count(rows: m, columns: $0.n) })
        workers.run(tiles: tiles.count) { tile, _ in
            let (index, place) = tiles[tile]
            let layer = layers[index]
            let (rows, columns) = size.ranges(place, rows: m, columns: layer.n)
            kernels.product(
                layer.output + rows.lowerBound * layer.n + columns.lowerBound, layer.n,
                left.start + rows.lowerBound * slots, slots,
                packed + (panels.first(index) * Self.panel + columns.lowerBound) * slots,
                layer.bias.map { $0.value.start + columns.lowerBound }, rows.count, columns.count, slots, 0)
            finish(index, rows, columns)
        }
    }

    /// A matrix [m, width] as the left operand of a product: itself, or rows of pairs that tiles of work make of it.
    struct LeftRows {
        let matrix: UnsafePointer<Float>, m: Int, width: Int
        /// Where the pairs go; nil when the matrix serves as it is.
        let pairs: UnsafeMutablePointer<Float>?
        private static let rowTile = 64

        var start: UnsafePointer<Float> { pairs.map { UnsafePointer($0) } ?? matrix }
        var tiles: Int { pairs == nil ? 0 : PackedProducts.pieces(m, Self.rowTile) }

        func fill(_ tile: Int) {
            let first = tile * Self.rowTile
            ck_pair_rows(
                pairs! + first * ((width + 1) / 2), matrix + first * width, min(Self.rowTile, m - first), width)
        }
    }

    /// A matrix of m rows as a left operand; in bf16 its rows of pairs go to `pairs`.
    func leftRows(
        _ matrix: UnsafePointer<Float>, _ m: Int, _ width: Int, pairs: UnsafeMutablePointer<Float>
    ) -> LeftRows {
        LeftRows(matrix: matrix, m: m, width: width, pairs: precision == .bf16 ? pairs : nil)
    }

    /// Room in `rows` for rows of so many slots together.
    func reserveRows(_ m: Int, _ slots: Int) {
        if precision == .bf16 { Buffer.reserve(&rows, max(m, expectedRows) * slots) }
    }

    static func pieces(_ total: Int, _ size: Int) -> Int { (total + size - 1) / size }
}

/// The part of Y or dX that a worker computes at a time: its right operand should stay in the second cache from tile to
/// tile, or else be used by more rows.
struct Tile {
    let rows: Int
    let columns = 192

    /// For sums of `depth` terms.
    init(depth: Int) {
        rows = depth <= 768 ? 48 : 96
    }

    func count(rows: Int, columns: Int) -> Int {
        PackedProducts.pieces(rows, self.rows) * PackedProducts.pieces(columns, self.columns)
    }

    /// Neighbouring tiles have the same columns.
    func ranges(_ place: Int, rows: Int, columns: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        let (across, down) = place.quotientAndRemainder(dividingBy: PackedProducts.pieces(rows, self.rows))
        return (
            down * self.rows..<min(rows, (down + 1) * self.rows),
            across * self.columns..<min(columns, (across + 1) * self.columns)
        )
    }
}

/// Several runs of pieces, numbered through.
struct Pieces {
    /// The number of each run's first piece.
    private var starts = Few<Int>()
    /// Of all runs.
    private(set) var count = 0

    init(_ counts: Few<Int>) {
        for own in counts {
            starts.append(count)
            count += own
        }
    }

    /// The number of a run's first piece.
    func first(_ run: Int) -> Int { starts[run] }

    /// The run that a piece is in, and its place there.
    subscript(_ piece: Int) -> (run: Int, place: Int) {
        var run = starts.count - 1
        while starts[run] > piece { run -= 1 }
        return (run, piece - starts[run])
    }
}
