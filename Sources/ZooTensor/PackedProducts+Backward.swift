internal import CKernels
internal import ZooBase

extension PackedProducts {
    /// Rows and columns of dW (or of its transpose) that a worker computes at a time; rows in whole panels.
    static let weightRows = 96, weightColumns = 384
    /// Rows of dY and X that are summed at a time, so that their packed parts stay in the cache.
    static let depth = 256

    /// A product for dW, whose left operand is the wider of dY and X: each worker packs that as it goes.
    private struct WeightProduct {
        let layer: Int
        /// Whether X is on the left, so that the result is dW's transpose.
        let isTransposed: Bool
        let left: UnsafePointer<Float>, leftWidth: Int
        let rightWidth: Int
        /// Where the packed right operand begins among all of them.
        let right: Int
    }

    /// A matrix of m rows to be packed as a right operand.
    private struct RightOperand {
        let matrix: UnsafePointer<Float>, width: Int
        let place: Int
        let sums: UnsafeMutablePointer<Float>?
        var panelCount: Int { PackedProducts.pieces(width, PackedProducts.panel) }
    }

    /// The gradients of all `layers`, which read X[m, k]; with `inputGradient` also dX (+)= the sum of their dY W.
    func backward(
        _ x: UnsafePointer<Float>, m: Int, k: Int, _ layers: [Backward],
        inputGradient: UnsafeMutablePointer<Float>?, accumulatesInput: Bool, accumulates: Bool
    ) {
        for layer in layers { takeSlope(layer, m: m) }
        // Sums of dY's columns, layer by layer.
        let sumStarts = Pieces(layers.map { Self.pieces($0.n, Self.panel) * Self.panel })
        Self.reserve(&sums, sumStarts.count)
        sums.start.update(repeating: 0, count: sumStarts.count)
        let (products, operands) = plan(x, m: m, k: k, layers, sumStarts)
        Self.reserve(&self.operands, operands.reduce(0) { $0 + $1.panelCount * Self.panel * m })
        let depths = Pieces(layers.map(\.n)), columns = Self.pieces(k, Self.panel)
        if inputGradient != nil { Self.reserve(&weights, depths.count * columns * Self.panel) }
        pack(operands, m: m, layers, depths, k: inputGradient == nil ? 0 : k)

        let ofWeights = Pieces(
            products.map {
                Self.pieces($0.leftWidth, Self.weightRows) * Self.pieces($0.rightWidth, Self.weightColumns)
            })
        let size = Tile(depth: layers.map(\.n).max() ?? 0)
        let tiles = Pieces([ofWeights.count, inputGradient == nil ? 0 : size.count(rows: m, columns: k)])
        let (packed, sums) = (weights.start, sums.start)
        workers.run(tiles: tiles.count) { tile, worker in
            let (kind, place) = tiles[tile]
            if kind == 0 {
                let (index, place) = ofWeights[place]
                let product = products[index]
                weightTile(
                    product, place, m: m, layers[product.layer], sums + sumStarts.first(product.layer), worker,
                    accumulates: accumulates)
                return
            }
            let (rows, across) = size.ranges(place, rows: m, columns: k)
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
            let own = sums + sumStarts.first(index)
            if layer.weightGradient == nil { ck_column_sums(own, layer.slope, layer.n, m, layer.n) }
            if accumulates { ck_add(gradient, own, layer.n) } else { gradient.update(from: own, count: layer.n) }
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

    /// The products for dW, and the right operands they need; X is packed once for all that have it there.
    private func plan(
        _ x: UnsafePointer<Float>, m: Int, k: Int, _ layers: [Backward], _ sumStarts: Pieces
    ) -> ([WeightProduct], [RightOperand]) {
        var (products, operands, place): ([WeightProduct], [RightOperand], Int) = ([], [], 0)
        var placeOfX: Int?
        func add(_ matrix: UnsafePointer<Float>, _ width: Int, _ sums: UnsafeMutablePointer<Float>?) -> Int {
            operands.append(RightOperand(matrix: matrix, width: width, place: place, sums: sums))
            place += operands[operands.count - 1].panelCount * Self.panel * m
            return operands[operands.count - 1].place
        }
        for (index, layer) in layers.enumerated() where layer.weightGradient != nil {
            if layer.n < k {
                let right = add(layer.slope, layer.n, sums.start + sumStarts.first(index))
                products.append(
                    WeightProduct(
                        layer: index, isTransposed: true, left: x, leftWidth: k, rightWidth: layer.n, right: right))
            } else {
                let right = placeOfX ?? add(x, k, nil)
                placeOfX = right
                products.append(
                    WeightProduct(
                        layer: index, isTransposed: false, left: layer.slope, leftWidth: layer.n, rightWidth: k,
                        right: right))
            }
        }
        return (products, operands)
    }

    /// Packs the right operands, and with k > 0 the weights for dX.
    private func pack(_ operands: [RightOperand], m: Int, _ layers: [Backward], _ depths: Pieces, k: Int) {
        let ofOperands = Pieces(operands.map(\.panelCount)), columns = Self.pieces(k, Self.panel)
        let preparations = Pieces([ofOperands.count, layers.count * columns])
        let (right, packed) = (self.operands.start, weights.start)
        workers.run(tiles: preparations.count) { tile, _ in
            let (kind, place) = preparations[tile]
            if kind == 0 {
                let (index, panel) = ofOperands[place], first = panel * Self.panel
                let operand = operands[index]
                for start in stride(from: 0, to: m, by: Self.depth) {
                    let part = min(Self.depth, m - start)
                    ck_pack(
                        right + operand.place + start * operand.panelCount * Self.panel + first * part,
                        operand.sums.map { $0 + first }, operand.matrix + start * operand.width + first,
                        operand.width, part, min(Self.panel, operand.width - first))
                }
            } else {
                let (index, panel) = place.quotientAndRemainder(dividingBy: columns), first = panel * Self.panel
                ck_pack(
                    packed + depths.first(index) * columns * Self.panel + first * layers[index].n, nil,
                    layers[index].weight.value.start + first, k, layers[index].n, min(Self.panel, k - first))
            }
        }
    }

    private func weightTile(
        _ product: WeightProduct, _ place: Int, m: Int, _ layer: Backward, _ sums: UnsafeMutablePointer<Float>,
        _ worker: Int, accumulates: Bool
    ) {
        let (across, down) = place.quotientAndRemainder(dividingBy: Self.pieces(product.leftWidth, Self.weightRows))
        let row = down * Self.weightRows, rows = min(Self.weightRows, product.leftWidth - row)
        let column = across * Self.weightColumns, columns = min(Self.weightColumns, product.rightWidth - column)
        let (left, result, gradient) = (blocks[worker].left.start, blocks[worker].result.start, layer.weightGradient!)
        let target = product.isTransposed ? result : gradient + row * product.rightWidth + column
        let stride = product.isTransposed ? Self.weightColumns : product.rightWidth
        let allColumns = Self.pieces(product.rightWidth, Self.panel) * Self.panel
        for start in Swift.stride(from: 0, to: m, by: Self.depth) {
            let part = min(Self.depth, m - start)
            ck_pack_left(
                left, product.isTransposed || across > 0 ? nil : sums + row,
                product.left + start * product.leftWidth + row, product.leftWidth, part, rows)
            ck_product(
                target, stride, left, 0,
                operands.start + product.right + start * allColumns + column * part, nil, rows, columns, part,
                start > 0 || accumulates && !product.isTransposed ? 1 : 0)
        }
        if product.isTransposed {
            ck_transpose(
                gradient + column * product.leftWidth + row, product.leftWidth, result, stride, rows, columns,
                accumulates ? 1 : 0)
        }
    }
}
