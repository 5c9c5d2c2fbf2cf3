internal import CKernels
internal import ZooBase

// The gradient rules: one for each operation of Operations.swift and Losses.swift.
extension Pass {
    /// Runs the tape backwards from the loss.
    ///
    /// Every trainable parameter that the loss depends on gets its gradient; nothing is computed below the lowest of
    /// them.
    public func backward() {
        while let step = tape.popLast() {
            switch step {
            case .loss(let input, let slope): contribute(slope, to: input)
            case .linear(let step): backward(step)
            case .attention(let step): backward(step)
            case .firstTokenAttention(let step): backward(step)
            case .residualNorm(let step): backward(step)
            case .embedding(let step): backward(step)
            case .dropout(let input, let output, let site):
                let slope = output.takeGradient()
                drop(slope.start, slope.start, site, input)
                contribute(slope, to: input)
            case .firstToken(let input, let output): backwardFirstToken(input, output)
            }
        }
        forgetLayerOutputs()
    }

    /// dx = dy W, dW = dyᵀ x, db = sum of dy's rows, where dy is taken before the activation.
    private func backward(_ step: Step.Linear) {
        let (rows, width) = (step.input.rows, step.input.width)
        var slopes = Few<Buffer>(), layers = Few<PackedProducts.Backward>()
        for branch in step.branches where branch.output.needsGradient {
            let (slope, weight, bias) = (branch.output.takeGradient(), branch.layer.weight, branch.layer.bias)
            slopes.append(slope)
            if branch.layer.activation == .tanh {
                ck_tanh_backward(slope.start, slope.start, branch.output.start, slope.count)
            }
            layers.append(
                PackedProducts.Backward(
                    slope: slope.start, before: branch.before?.start, activation: branch.layer.activation,
                    weight: weight, weightGradient: weight.isTrainable ? weight.denseGradient().start : nil,
                    biasGradient: bias.flatMap { $0.isTrainable ? $0.denseGradient().start : nil }))
        }
        let accumulate = step.input.gradient != nil
        if step.input.needsGradient, !accumulate { step.input.gradient = buffer(step.input) }
        engine.products.backward(
            step.kept?.start ?? step.input.buffer?.start, m: rows, k: width, layers,
            inputGradient: step.input.needsGradient ? step.input.gradient!.start : nil, accumulatesInput: accumulate,
            accumulates: accumulates)
        // The slopes, and what the step holds, live until the products are done.
        withExtendedLifetime((slopes, step)) {}
    }

    /// With p the probabilities, m the dropout factors: dv = (m p)ᵀ dy, dp = m (dy vᵀ), ds = p (dp - Σ p dp), dq =
    /// scale ds k, dk = scale dsᵀ q.
    ///
    /// The probabilities are computed again, not kept.
    private func backward(_ step: Step.Attention) {
        let slope = step.output.takeGradient()
        let (query, key, value) = (step.query, step.key, step.value)
        let (dq, dk, dv) = (buffer(query), buffer(key), buffer(value))
        forEachHead(step) { shape, place, scratch in
            ck_attention_backward(
                dq.start + place, dk.start + place, dv.start + place, slope.start + place, query.start + place,
                key.start + place, value.start + place, shape, scratch)
        }
        contribute(dq, to: query)
        contribute(dk, to: key)
        contribute(dv, to: value)
    }

    /// The norm's gradient goes to the residual as it is, and to the branch through the dropout.
    private func backward(_ step: Step.ResidualNorm) {
        let slope = step.output.takeGradient()
        let branch = step.branch.needsGradient ? buffer(step.branch) : nil
        backward(step.norm, slope, branch, step.site)
        if let branch { contribute(branch, to: step.branch) }
        contribute(slope, to: step.residual)
    }

    /// Each table's row gets the sum of its tokens' gradients, in the order of the tokens.
    private func backward(_ step: Step.Embedding) {
        let slope = step.output.takeGradient()
        drop(slope.start, slope.start, step.site, step.output)
        backward(step.norm, slope, nil, DropoutSite(index: 0, threshold: 0, scale: 1))
        scatter(slope, step.ids, to: step.parameters.word, except: step.parameters.paddingID)
        scatter(slope, step.types, to: step.parameters.type, except: nil)
        scatter(slope, tokenPlaces, to: step.parameters.position, except: nil)
    }

    private func backwardFirstToken(_ input: Tensor, _ output: Tensor) {
        let (slope, width) = (output.takeGradient(), input.width)
        let whole = input.gradient ?? buffer(input)
        if input.gradient == nil { whole.start.update(repeating: 0, count: whole.count) }
        for sequence in 0..<packing.count {
            ck_add(whole.start + packing.starts[sequence] * width, slope.start + sequence * width, width)
        }
        input.gradient = whole
    }

    /// With u the normalized row and g = dy gain: dx = (g - mean(g) - u mean(g u)) / deviation.
    ///
    /// `slope` is replaced; `branch` is the result through the dropout.
    private func backward(_ norm: Step.Norm, _ slope: Buffer, _ branch: Buffer?, _ site: DropoutSite) {
        let width = norm.gain.shape.elementCount, rows = slope.count / width
        let isTrainable = norm.gain.isTrainable || norm.bias.isTrainable
        let tiles = (rows + Self.rowTile - 1) / Self.rowTile
        let kind: RowKind = rows == packing.tokenCount ? .tokens : .sequences
        let sums = isTrainable ? engine.arena.buffer(2 * tiles * width) : nil
        engine.workers.run(over: rows, by: Self.rowTile) { rows, _ in
            let first = rows.lowerBound, tile = first / Self.rowTile
            withDropout(site, rows: kind, first: first) {
                ck_norm_backward(
                    slope.start + first * width, branch.map { $0.start + first * width },
                    sums.map { $0.start + tile * width }, sums.map { $0.start + (tiles + tile) * width },
                    slope.start + first * width, norm.input.start + first * width, norm.mean.start + first,
                    norm.inverse.start + first, norm.gain.value.start, rows.count, width, $0)
            }
        }
        guard let sums else { return }
        if norm.gain.isTrainable {
            deposit(to: norm.gain) { ck_column_sums($0, sums.start, width, tiles, width) }
        }
        if norm.bias.isTrainable {
            deposit(to: norm.bias) { ck_column_sums($0, sums.start + tiles * width, width, tiles, width) }
        }
    }

    /// Lets `compute` write a parameter's gradient, or adds what it writes to that of the parts before.
    private func deposit(to parameter: Parameter, _ compute: (UnsafeMutablePointer<Float>) -> Void) {
        let gradient = parameter.denseGradient()
        guard accumulates else { return compute(gradient.start) }
        let part = engine.arena.buffer(gradient.count)
        compute(part.start)
        ck_add(gradient.start, part.start, gradient.count)
    }

    private func scatter(_ slope: Buffer, _ rowOfToken: [UInt32], to table: Parameter, except padding: UInt32?) {
        guard table.isTrainable else { return }
        let width = table.shape[1]
        let groups = engine.tokenGroups
        groups.group(rowOfToken, of: table.shape[0], except: padding)
        let isFurther = accumulates && table.hasRowGradient
        let sums = isFurther ? engine.arena.buffer(groups.count * width) : table.rowGradientMemory()
        engine.workers.run(over: groups.count, by: 16) { range, _ in
            for group in range {
                let tokens = groups[group]
                ck_sum_of_rows(sums.start + group * width, slope.start, tokens.baseAddress, tokens.count, width)
            }
        }
        if isFurther { table.addRowGradient(groups.rows, sums) } else { table.setRowGradient(groups.rows) }
    }

    private func buffer(_ like: Tensor) -> Buffer { engine.arena.matrix(rows: like.rows, width: like.width) }

    /// Adds a gradient to what a tensor has already; the buffer is given away.
    func contribute(_ slope: Buffer, to tensor: Tensor) {
        guard tensor.needsGradient else { return }
        guard let sum = tensor.gradient else {
            tensor.gradient = slope
            return
        }
        engine.workers.run(over: slope.count, by: 16384) { range, _ in
            ck_add(sum.start + range.lowerBound, slope.start + range.lowerBound, range.count)
        }
    }
}

extension Tensor {
    /// The finished gradient, taken out.
    func takeGradient() -> Buffer {
        guard let slope = gradient else { preconditionFailure("value \(id) on the tape has no gradient") }
        gradient = nil
        return slope
    }
}
