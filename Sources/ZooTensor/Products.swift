internal import CKernels
internal import COpenBLAS

/// The three products of a linear layer, tiled by shape.
///
/// See Documentation/decisions/0001-product-libraries.md.
final class Products {
    private let workers: Workers
    private let library: OneDNN

    /// Rows of X or dY in one call.
    private static let rowTile = 128
    /// Rows of dW in one call.
    private static let weightTile = 192

    init(workers: Workers) {
        self.workers = workers
        library = OneDNN(workers: workers.count)
    }

    // The matrices with m rows have room for a multiple of `Arena.rowGroup` rows.

    /// Y[m, n] = X[m, k] Wᵀ + bias, W being [n, k]; then `finish` on each tile of rows while it is in the cache.
    func forward(
        _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>?, m: Int, n: Int, k: Int, finish: (Range<Int>) -> Void
    ) {
        multiply(
            y, x, w, bias, OneDNN.Key(m: m, n: n, k: k, isTransposed: true, hasBias: bias != nil, accumulates: false),
            finish: finish)
    }

    /// dX[m, k] (+)= dY[m, n] W, W being [n, k].
    func inputGradient(
        _ dx: UnsafeMutablePointer<Float>, _ dy: UnsafePointer<Float>, _ w: UnsafePointer<Float>, m: Int, n: Int,
        k: Int, accumulate: Bool
    ) {
        multiply(
            dx, dy, w, nil,
            OneDNN.Key(m: m, n: k, k: n, isTransposed: false, hasBias: false, accumulates: accumulate)
        ) { _ in }
    }

    /// Primitives made so far.
    var primitiveCount: Int { library.productCount }

    /// dW[n, k] (+)= dYᵀ X, dY being [m, n] and X [m, k].
    func weightGradient(
        _ dw: UnsafeMutablePointer<Float>, _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, m: Int, n: Int,
        k: Int, accumulate: Bool
    ) {
        workers.run(over: n, by: Self.weightTile) { rows, _ in
            cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, blasint(rows.count), blasint(k), blasint(m), 1,
                dy + rows.lowerBound, blasint(n), x, blasint(k), accumulate ? 1 : 0, dw + rows.lowerBound * k, blasint(k))
        }
    }

    private func multiply(
        _ c: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>?, _ shape: OneDNN.Key, finish: (Range<Int>) -> Void
    ) {
        // A last tile is a multiple of a group of rows, so that few primitives serve all numbers of tokens; matrices
        // have room for it (see Arena.matrix).
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
            product.run(worker, a + rows.lowerBound * shape.k, b, bias, c + rows.lowerBound * shape.n)
            finish(rows)
        }
    }
}
