internal import CKernels
internal import ZooBase

extension PackedProducts {
    /// Rows and columns of dW (or of its transpose) that a worker computes at a time; rows in whole panels.
    static let weightRows = 96, weightColumns = 384
    /// Rows of dY and X that are summed at a time, so that their packed parts stay in the cache.
    static let depth = 256
    /// Rows of a right operand that are packed at a time: they are read from end to end, as memory is fastest.
    ///
    /// A divisor of `depth`, and even.
    private static let packedRows = 32

    /// A product for dW, whose left operand is the wider of dY and X: each worker packs that as it goes.
    private struct WeightProduct {
        let layer: Int
        /// Whether X is on the left, so that the result is dW's transpose.
        let isTransposed: Bool
        let left: UnsafePointer<Float>, leftWidth: Int
        /// From row to row of the left operand.
        let leftStride: Int
        let rightWidth: Int
        /// Where the packed right operand begins among all of them.
        let right: Int
    }

    /// A matrix of m rows to be packed as a right operand.
    private struct RightOperand {
        let matrix: UnsafePointer<Float>, width: Int
        /// From row to row.
        let stride: Int
        let pack: PackedKernels.Packing
        let place: Int
        var paddedWidth: Int { PackedProducts.pieces(width, PackedProducts.panel) * PackedProducts.panel }
    }

    /// The gradients of all `layers`, which read X[m, k]; with `inputGradient` also dX (+)= the sum of their dY W.
    ///
    /// In bf16 X is given as `forward` kept it; nil is enough when no gradient of weights is wanted.
    func backward(
        _ x: UnsafePointer<Float>?, m: Int, k: Int, _ layers: Few<Backward>,
        inputGradient: UnsafeMutablePointer<Float>?, accumulatesInput: Bool, accumulates: Bool
    ) {
        for layer in layers { layer.takeSlope(m: m, workers) }
        // Sums of dY's columns, layer by layer.
        let sumStarts = Pieces(layers.map { Self.pieces($0.n, Self.panel) * Self.panel })
        Buffer.reserve(&sums, sumStarts.count)
        sums.start.update(repeating: 0, count: sumStarts.count)
        let (products, operands) = plan(x, m: m, k: k, layers)
        let kernels = kernels
        Buffer.reserve(
            &self.operands, operands.reduce(0) { $0 + $1.paddedWidth * kernels.slots(max(m, expectedRows)) })
        let depths = Pieces(layers.map { kernels.slots($0.n) }), columns = Self.pieces(k, Self.panel)
        if inputGradient != nil { Buffer.reserve(&weights, depths.count * columns * Self.panel) }
        let slopes = pack(operands, m: m, layers, depths, k: inputGradient == nil ? 0 : k)

        let ofWeights = Pieces(
            products.map {
                Self.pieces($0.leftWidth, Self.weightRows) * Self.pieces($0.rightWidth, Self.weightColumns)
            })
        let size = Tile(depth: layers.map(\.n).max() ?? 0)
        let inputTiles = inputGradient == nil ? 0 : size.count(rows: m, columns: k)
        let (packed, sums) = (weights.start, sums.start)
        workers.run(tiles: ofWeights.count, then: inputTiles) { tile, worker in
            if tile < ofWeights.count {
                let (index, place) = ofWeights[tile]
                let product = products[index]
                weightTile(
                    product, place, m: m, layers[product.layer], sums + sumStarts.first(product.layer), worker,
                    accumulates: accumulates)
                return
            }
            let (rows, across) = size.ranges(tile - ofWeights.count, rows: m, columns: k)
            for (index, layer) in layers.enumerated() {
                let slots = kernels.slots(layer.n)
                kernels.product(
                    inputGradient! + rows.lowerBound * k + across.lowerBound, k,
                    slopes[index].start + rows.lowerBound * slots, slots,
                    packed + depths.first(index) * columns * Self.panel + across.lowerBound * slots, nil, rows.count,
                    across.count, slots, index > 0 || accumulatesInput ? 1 : 0)
            }
        }
        for (index, layer) in layers.enumerated() {
            guard let gradient = layer.biasGradient else { continue }
            let own = sums + sumStarts.first(index)
            if !products.contains(where: { $0.layer == index && !$0.isTransposed }) {
                ck_column_sums(own, layer.slope, layer.n, m, layer.n)
            }
            if accumulates { ck_add(gradient, own, layer.n) } else { gradient.update(from: own, count: layer.n) }
        }
    }

    /// The products for dW, and the right operands they need; X is packed once for all that have it there.
    private func plan(
        _ x: UnsafePointer<Float>?, m: Int, k: Int, _ layers: Few<Backward>
    ) -> (Few<WeightProduct>, Few<RightOperand>) {
        var (products, operands, place) = (Few<WeightProduct>(), Few<RightOperand>(), 0)
        var placeOfX: Int?
        func add(_ matrix: UnsafePointer<Float>, _ width: Int, stride: Int, _ pack: @escaping PackedKernels.Packing)
            -> Int
        {
            let operand = RightOperand(matrix: matrix, width: width, stride: stride, pack: pack, place: place)
            operands.append(operand)
            place += operand.paddedWidth * kernels.slots(m)
            return operand.place
        }
        for (index, layer) in layers.enumerated() where layer.weightGradient != nil {
            if layer.n < k {
                let right = add(layer.slope, layer.n, stride: layer.n, kernels.pack)
                products.append(
                    WeightProduct(
                        layer: index, isTransposed: true, left: x!, leftWidth: k, leftStride: kernels.slots(k),
                        rightWidth: layer.n, right: right))
            } else {
                let right = placeOfX ?? add(x!, k, stride: kernels.slots(k), kernels.packKept)
                placeOfX = right
                products.append(
                    WeightProduct(
                        layer: index, isTransposed: false, left: layer.slope, leftWidth: layer.n,
                        leftStride: layer.n, rightWidth: k, right: right))
            }
        }
        return (products, operands)
    }

    /// Packs the right operands, and with k > 0 the weights for dX; the left operands of dX.
    private func pack(
        _ operands: Few<RightOperand>, m: Int, _ layers: Few<Backward>, _ depths: Pieces, k: Int
    ) -> Few<LeftRows> {
        let kernels = kernels
        let ofOperands = operands.count * Self.pieces(m, Self.packedRows)
        let width = Self.pieces(k, Self.panel) * Self.panel
        let ofWeights = Pieces(k == 0 ? Few() : layers.map { Self.pieces($0.n, Self.packedRows) })
        let slopes = k == 0 ? Few() : leftRows(layers, m, depths)
        let ofSlopes = Pieces(slopes.map(\.tiles))
        let (right, packed) = (self.operands.start, weights.start)
        workers.run(tiles: ofOperands, then: ofWeights.count + ofSlopes.count) { tile, _ in
            if tile < ofOperands {
                let (index, piece) = tile.quotientAndRemainder(dividingBy: Self.pieces(m, Self.packedRows))
                let operand = operands[index], row = piece * Self.packedRows
                let start = row / Self.depth * Self.depth
                operand.pack(
                    right + operand.place + kernels.slots(start) * operand.paddedWidth
                        + kernels.slots(row - start) * Self.panel,
                    operand.matrix + row * operand.stride, operand.stride, min(Self.packedRows, m - row), operand.width,
                    kernels.slots(min(Self.depth, m - start)))
            } else if tile < ofOperands + ofWeights.count {
                let (index, piece) = ofWeights[tile - ofOperands]
                let layer = layers[index], row = piece * Self.packedRows
                kernels.pack(
                    packed + depths.first(index) * width + kernels.slots(row) * Self.panel,
                    layer.weight.value.start + row * k, k, min(Self.packedRows, layer.n - row), k,
                    kernels.slots(layer.n))
            } else {
                let (index, piece) = ofSlopes[tile - ofOperands - ofWeights.count]
                slopes[index].fill(piece)
            }
        }
        return slopes
    }

    /// The layers' slopes as left operands, their rows of pairs one after the other.
    private func leftRows(_ layers: Few<Backward>, _ m: Int, _ depths: Pieces) -> Few<LeftRows> {
        reserveRows(m, depths.count)
        var slopes = Few<LeftRows>()
        for (index, layer) in layers.enumerated() {
            slopes.append(leftRows(layer.slope, m, layer.n, pairs: rows.start + m * depths.first(index)))
        }
        return slopes
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
        let packLeft = product.isTransposed ? kernels.packLeftKept : kernels.packLeft
        // A multiple of a panel, and so of a slot.
        let offset = product.isTransposed ? kernels.slots(row) : row
        for start in Swift.stride(from: 0, to: m, by: Self.depth) {
            let part = min(Self.depth, m - start), slots = kernels.slots(part)
            packLeft(
                left, product.isTransposed || across > 0 ? nil : sums + row,
                product.left + start * product.leftStride + offset, product.leftStride, part, rows, slots)
            kernels.product(
                target, stride, left, 0,
                operands.start + product.right + kernels.slots(start) * allColumns + column * slots, nil, rows,
                columns, slots, start > 0 || accumulates && !product.isTransposed ? 1 : 0)
        }
        if product.isTransposed {
            ck_transpose(
                gradient + column * product.leftWidth + row, product.leftWidth, result, stride, rows, columns,
                accumulates ? 1 : 0)
        }
    }
}
