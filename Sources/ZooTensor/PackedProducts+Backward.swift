internal import CKernels
internal import ZooBase

extension PackedProducts {
    /// Rows of X and weights that are packed at a time: they are read from end to end, as memory is fastest.
    private static let packedRows = 32

    /// The products dW = dYᵀ X.
    private struct WeightProducts {
        /// Layers whose weight has a gradient.
        let layers: [Int]
        /// Where their packed dY begin, one behind the other; with their count, where the packed X begins.
        let starts: Pieces
        /// Panels of columns of dY.
        let panels: Pieces
        /// Pieces of rows of X.
        let pieces: Int

        init(_ layers: [Backward], m: Int, k: Int) {
            self.layers = layers.indices.filter { layers[$0].weightGradient != nil }
            let widths = self.layers.map { layers[$0].n }
            let all = widths.isEmpty ? [] : widths + [k]
            starts = Pieces(all.map { PackedProducts.pieces($0, PackedProducts.panel) * PackedProducts.panel * m })
            panels = Pieces(widths.map { PackedProducts.pieces($0, PackedProducts.panel) })
            pieces = widths.isEmpty ? 0 : PackedProducts.pieces(m, PackedProducts.packedRows)
        }
    }

    /// The gradients of all `layers`, which read X[m, k]; with `inputGradient` also dX (+)= the sum of their dY W.
    func backward(
        _ x: UnsafePointer<Float>, m: Int, k: Int, _ layers: [Backward],
        inputGradient: UnsafeMutablePointer<Float>?, accumulatesInput: Bool, accumulates: Bool
    ) {
        for layer in layers { takeSlope(layer, m: m) }
        let products = WeightProducts(layers, m: m, k: k)
        Self.reserve(&operands, products.starts.count)
        Self.reserve(&sums, products.panels.count * Self.panel)
        let depths = Pieces(layers.map(\.n)), columns = Self.pieces(k, Self.panel)
        if inputGradient != nil { Self.reserve(&weights, depths.count * columns * Self.panel) }
        pack(products, x, m: m, k: k, layers, depths, forInput: inputGradient != nil)

        let size = Tile(depth: layers.map(\.n).max() ?? 0), ofWeight = Tile(depth: .max)
        let weightTiles = Pieces(products.layers.map { ofWeight.count(rows: layers[$0].n, columns: k) })
        let inputTiles = inputGradient == nil ? 0 : size.count(rows: m, columns: k)
        let (packed, operands) = (weights.start, operands.start)
        workers.run(tiles: weightTiles.count, then: inputTiles) { tile, _ in
            if tile < weightTiles.count {
                let (run, place) = weightTiles[tile]
                let layer = layers[products.layers[run]]
                let (rows, across) = ofWeight.ranges(place, rows: layer.n, columns: k)
                ck_product(
                    layer.weightGradient! + rows.lowerBound * k + across.lowerBound, k,
                    operands + products.starts.first(run) + rows.lowerBound * m, 0,
                    operands + products.starts.first(products.layers.count) + across.lowerBound * m, nil, rows.count,
                    across.count, m, accumulates ? 1 : 0)
                return
            }
            let (rows, across) = size.ranges(tile - weightTiles.count, rows: m, columns: k)
            for (index, layer) in layers.enumerated() {
                let n = layer.n
                ck_product(
                    inputGradient! + rows.lowerBound * k + across.lowerBound, k, layer.slope + rows.lowerBound * n, n,
                    packed + depths.first(index) * columns * Self.panel + across.lowerBound * n, nil, rows.count,
                    across.count, n, index > 0 || accumulatesInput ? 1 : 0)
            }
        }
        for (index, layer) in layers.enumerated() {
            guard let gradient = layer.biasGradient else { continue }
            let run = products.layers.firstIndex(of: index)
            let rows = run.map { sums.start + products.panels.first($0) * Self.panel } ?? layer.slope
            let count = run == nil ? m : 1
            guard accumulates else {
                ck_column_sums(gradient, rows, layer.n, count, layer.n)
                continue
            }
            withUnsafeTemporaryAllocation(of: Float.self, capacity: layer.n) { part in
                ck_column_sums(part.baseAddress!, rows, layer.n, count, layer.n)
                ck_add(gradient, part.baseAddress!, layer.n)
            }
        }
    }

    private func takeSlope(_ layer: Backward, m: Int) {
        guard let before = layer.before else { return }
        let slope = layer.slope
        workers.run(over: m * layer.n, by: 16384) { range, _ in
            let first = range.lowerBound
            ck_gelu_backward(slope + first, slope + first, before + first, range.count)
        }
    }

    /// Packs the operands of dW, with the sums of dY's columns, and for dX the weights.
    private func pack(
        _ products: WeightProducts, _ x: UnsafePointer<Float>, m: Int, k: Int, _ layers: [Backward], _ depths: Pieces,
        forInput: Bool
    ) {
        let (operands, packed, sums) = (operands.start, weights.start, sums.start)
        let activations = products.panels.count + products.pieces
        let ofWeights = Pieces(forInput ? layers.map { Self.pieces($0.n, Self.packedRows) } : [])
        let width = Self.pieces(k, Self.panel) * Self.panel
        workers.run(tiles: activations, then: ofWeights.count) { tile, _ in
            if tile >= activations {
                let (index, piece) = ofWeights[tile - activations]
                let (n, first) = (layers[index].n, piece * Self.packedRows)
                return ck_pack(
                    packed + depths.first(index) * width + first * Self.panel,
                    layers[index].weight.value.start + first * k, k, min(Self.packedRows, n - first), k, n)
            }
            if tile >= products.panels.count {
                let first = (tile - products.panels.count) * Self.packedRows
                return ck_pack(
                    operands + products.starts.first(products.layers.count) + first * Self.panel, x + first * k, k,
                    min(Self.packedRows, m - first), k, m)
            }
            let (run, panel) = products.panels[tile]
            let (layer, first) = (layers[products.layers[run]], panel * Self.panel)
            ck_pack_left(
                operands + products.starts.first(run) + first * m, sums + tile * Self.panel, layer.slope + first,
                layer.n, m, min(Self.panel, layer.n - first), m)
        }
    }
}
