internal import CKernels
internal import CProducts

/// The three products of a linear layer, tiled by shape: by our own kernel; by oneDNN and OpenBLAS in float32 where that
/// would be slow.
///
/// See Documentation/decisions/0001-product-libraries.md. Matrices with m rows have room for a multiple of
/// `Arena.rowGroup` rows.
final class Products {
    var precision: Precision {
        get { packed.precision }
        set { packed.precision = newValue }
    }
    /// Memory is obtained for this many rows of X at once.
    var expectedRows: Int {
        get { packed.expectedRows }
        set { packed.expectedRows = newValue }
    }
    private let workers: Workers
    private let packed: PackedProducts
    /// Loaded for the first product that needs it.
    private lazy var library = OneDNN(workers: workers.count)

    /// Rows of X or dY in one call.
    private static let rowTile = 128
    /// Rows of dW in one call.
    private static let weightTile = 192

    init(workers: Workers) {
        self.workers = workers
        packed = PackedProducts(workers: workers)
    }

    /// Primitives made so far.
    var primitiveCount: Int { isPacked ? 0 : library.productCount }

    private var isPacked: Bool { precision == .bf16 || PackedProducts.isFast || !cp_load_products() }

    /// All `layers` on X[m, k]; then `finish` on each tile of a layer's output while it is in the cache.
    ///
    /// In bf16 X as the products read it goes to `kept`, `keptCount` floats, when that is given.
    func forward(
        _ x: UnsafePointer<Float>, m: Int, k: Int, _ layers: Few<PackedProducts.Forward>,
        kept: UnsafeMutablePointer<Float>?,
        finish: (_ layer: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void
    ) {
        if isPacked { return packed.forward(x, m: m, k: k, layers, kept: kept, finish: finish) }
        for (index, layer) in layers.enumerated() {
            let shape = OneDNN.Key(
                m: m, n: layer.n, k: k, isTransposed: true, hasBias: layer.bias != nil, accumulates: false)
            multiply(layer.output, x, layer.weight, layer.bias?.value.start, shape) { finish(index, $0, 0..<layer.n) }
        }
    }

    /// Floats that X[m, k] takes as the products read it; nil when they read it as it is.
    func keptCount(m: Int, k: Int) -> Int? { precision == .bf16 ? m * packed.kernels.slots(k) : nil }

    /// The gradients of all `layers`, which read X[m, k]; with `inputGradient` also dX (+)= the sum of their dY W.
    ///
    /// In bf16 X is given as `forward` kept it; nil is enough when no gradient of weights is wanted.
    func backward(
        _ x: UnsafePointer<Float>?, m: Int, k: Int, _ layers: Few<PackedProducts.Backward>,
        inputGradient: UnsafeMutablePointer<Float>?, accumulatesInput: Bool, accumulates: Bool
    ) {
        if isPacked {
            return packed.backward(
                x, m: m, k: k, layers, inputGradient: inputGradient, accumulatesInput: accumulatesInput,
                accumulates: accumulates)
        }
        for (index, layer) in layers.enumerated() {
            prepare(layer, m: m, accumulates: accumulates)
            if let gradient = layer.weightGradient {
                weightGradient(gradient, layer.slope, x!, m: m, n: layer.n, k: k, accumulate: accumulates)
            }
            guard let inputGradient else { continue }
            let shape = OneDNN.Key(
                m: m, n: k, k: layer.n, isTransposed: false, hasBias: false,
                accumulates: index > 0 || accumulatesInput)
            multiply(inputGradient, layer.slope, layer.weight, nil, shape) { _ in }
        }
    }

    /// The activation's slope, and the bias's gradient.
    private func prepare(_ layer: PackedProducts.Backward, m: Int, accumulates: Bool) {
        let (slope, n) = (layer.slope, layer.n)
        layer.takeSlope(m: m, workers)
        guard let gradient = layer.biasGradient else { return }
        workers.run(over: n, by: 64) { columns, _ in
            let first = columns.lowerBound
            withUnsafeTemporaryAllocation(of: Float.self, capacity: columns.count) { part in
                let sums = accumulates ? part.baseAddress! : gradient + first
                ck_column_sums(sums, slope + first, n, m, columns.count)
                if accumulates { ck_add(gradient + first, sums, columns.count) }
            }
        }
    }

    /// dW[n, k] (+)= dYᵀ X, dY being [m, n] and X [m, k].
    private func weightGradient(
        _ dw: UnsafeMutablePointer<Float>, _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, m: Int, n: Int,
        k: Int, accumulate: Bool
    ) {
        workers.run(over: n, by: Self.weightTile) { rows, _ in
            cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, blasint(rows.count), blasint(k), blasint(m), 1,
                dy + rows.lowerBound, blasint(n), x, blasint(k), accumulate ? 1 : 0, dw + rows.lowerBound * k,
                blasint(k))
        }
    }

    private func multiply(
        _ c: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ w: Parameter, _ bias: UnsafePointer<Float>?,
        _ shape: OneDNN.Key, finish: (Range<Int>) -> Void
    ) {
        // A last tile is a multiple of a group of rows, so that few primitives serve all numbers of tokens.
        func tile(_ rows: Int) -> OneDNN.Product {
            var key = shape
            key.m = (rows + Arena.rowGroup - 1) / Arena.rowGroup * Arena.rowGroup
            return library.product(key)
        }
        let remainder = shape.m % Self.rowTile
        let whole = tile(min(shape.m, Self.rowTile))
        let rest = remainder == 0 ? whole : tile(remainder)
        workers.run(over: shape.m, by: Self.rowTile) { rows, worker in
            let product = rows.count == Self.rowTile ? whole : rest
            product.run(worker, a + rows.lowerBound * shape.k, w.value.start, bias, c + rows.lowerBound * shape.n)
            finish(rows)
        }
    }
}
