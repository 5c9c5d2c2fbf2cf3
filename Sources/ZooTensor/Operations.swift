internal import CKernels
internal import ZooBase

// The operations, forward. Their gradient rules are in Gradients.swift.
extension Pass {
    /// Layer norm of word + segment + position rows, then dropout: [tokens, width].
    ///
    /// Traps when an id has no row; ids from outside are checked by the model.
    public func embedding(
        _ ids: [UInt32], types: [UInt32], _ parameters: EmbeddingParameters, epsilon: Float, dropout: Float
    ) -> Tensor {
        let width = parameters.word.shape[1]
        let tokens = isRecording ? 1 : packing.tokenCount
        let output = value(rows: tokens, width: width, needsGradient: parameters.isTrainable)
        let site = site(dropout, active: parameters.isTrainable)
        let node = Operation.embedding(
            word: parameters.word.name, type: parameters.type.name, position: parameters.position.name,
            gain: parameters.gain.name, bias: parameters.bias.name, epsilon: epsilon, dropout: dropout)
        if records(node, [Graph.idsValue, Graph.typesValue], output) { return output }
        precondition(ids.count == tokens && types.count == tokens, "\(ids.count) ids for \(tokens) tokens")
        precondition(
            ids.allSatisfy { $0 < parameters.word.shape[0] } && types.allSatisfy { $0 < parameters.type.shape[0] }
                && packing.maximumLength <= parameters.position.shape[0], "an id without a row in the tables")
        let norm = norm(engine.arena.buffer(tokens * width), rows: tokens, parameters.gain, parameters.bias)
        let (word, type, position) =
            (parameters.word.value.start, parameters.type.value.start, parameters.position.value.start)
        let sum = norm.input.start
        engine.workers.run(over: tokens, by: Self.rowTile) { rows, _ in
            let first = rows.lowerBound
            ids.withUnsafeBufferPointer { ids in
                types.withUnsafeBufferPointer { types in
                    tokenPlaces.withUnsafeBufferPointer { places in
                        ck_embed(
                            sum + first * width, word, type, position, ids.baseAddress! + first,
                            types.baseAddress! + first, places.baseAddress! + first, rows.count, width)
                    }
                }
            }
            normalize(norm, nil, output, DropoutSite(index: 0, threshold: 0, scale: 1), epsilon, rows)
            if site.threshold > 0 {
                withDropout(site, rows: .tokens, first: first) {
                    ck_drop(output.start + first * width, output.start + first * width, rows.count, width, $0)
                }
            }
        }
        keep(
            .embedding(
                Step.Embedding(
                    output: output, ids: ids, types: types, parameters: parameters, norm: norm, site: site)), output)
        return output
    }

    /// x Wᵀ + bias, then the activation: [rows, out] from [rows, in] and a weight [out, in].
    ///
    /// - Parameter consumes: promises that nothing else reads the input's elements, so that their memory may be given
    ///   back.
    public func linear(
        _ input: Tensor, _ weight: Parameter, _ bias: Parameter?, _ activation: Activation = .none,
        consumes: Bool = false
    ) -> Tensor {
        let layer = LinearParameters(weight: weight, bias: bias, activation: activation)
        return linear(input, Few(CollectionOfOne(layer)), consumes: consumes)[0]
    }

    /// Several linear layers of one input, at most four: together they are faster than one by one.
    public func linear(_ input: Tensor, _ layers: Few<LinearParameters>, consumes: Bool = false) -> Few<Tensor> {
        let branches = layers.map { layer in
            let weight = layer.weight
            precondition(
                weight.shape[1] == input.width, "\(weight.name) \(weight.shape) does not fit an input \(input.shape)")
            let needsGradient = input.needsGradient || layer.isTrainable
            let output = value(rows: input.rows, width: weight.shape[0], needsGradient: needsGradient)
            let isKept = layer.activation.needsInput && output.needsGradient
            let before =
                isKept && !isRecording ? engine.arena.matrix(rows: output.rows, width: output.width) : nil
            return Step.Linear.Branch(output: output, layer: layer, before: before)
        }
        let outputs = branches.map(\.output)
        if isRecording {
            for branch in branches {
                let layer = branch.layer
                _ = records(
                    .linear(weight: layer.weight.name, bias: layer.bias?.name, activation: layer.activation),
                    [input.id], branch.output)
            }
            return outputs
        }
        let forward = branches.map {
            PackedProducts.Forward(
                output: $0.before?.start ?? $0.output.start, weight: $0.layer.weight, bias: $0.layer.bias)
        }
        let isWanted = isTraining && layers.contains { $0.weight.isTrainable }
        let kept =
            isWanted
            ? engine.products.keptCount(m: input.rows, k: input.width).map { engine.arena.buffer($0) } : nil
        engine.products.forward(
            input.start, m: input.rows, k: input.width, forward, kept: kept?.start
        ) { index, rows, columns in
            let (width, output, product) = (forward[index].n, outputs[index].start, forward[index].output)
            let kernel: (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int) -> Void
            switch layers[index].activation {
            case .none: return
            case .gelu: kernel = ck_gelu
            case .geluTanh: kernel = ck_gelu_tanh
            case .tanh: kernel = ck_tanh
            }
            for row in rows {
                let first = row * width + columns.lowerBound
                kernel(output + first, product + first, columns.count)
            }
        }
        if outputs.contains(where: \.needsGradient) {
            tape.append(.linear(Step.Linear(input: input, kept: kept, branches: branches)))
        }
        if consumes, kept != nil || !isWanted { input.release() }
        return outputs
    }

    /// Attention within each sequence: [tokens, width] from queries, keys and values of that shape, whose rows hold
    /// the heads side by side.
    public func attention(
        query: Tensor, key: Tensor, value: Tensor, heads: Int, scale: Float, dropout: Float
    ) -> Tensor {
        let needsGradient = query.needsGradient || key.needsGradient || value.needsGradient
        precondition(query.rows == key.rows, "\(query.shape) queries for \(key.shape) keys")
        precondition(query.width % heads == 0, "\(heads) heads do not divide a width of \(query.width)")
        let output = self.value(rows: query.rows, width: query.width, needsGradient: needsGradient)
        let site = site(dropout, active: needsGradient)
        let node = Operation.attention(heads: heads, scale: scale, dropout: dropout)
        if records(node, [query.id, key.id, value.id], output) { return output }
        let step = Step.Attention(
            query: query, key: key, value: value, output: output, heads: heads, scale: scale, site: site)
        forEachHead(step) { shape, place, scratch in
            ck_attention(
                output.start + place, query.start + place, key.start + place, value.start + place, shape, scratch)
        }
        keep(.attention(step), output)
        return output
    }

    /// Layer norm of dropout(branch) + residual.
    ///
    /// The branch's elements are overwritten: nothing else may read them.
    public func residualNorm(
        _ branch: Tensor, _ residual: Tensor, gain: Parameter, bias: Parameter, epsilon: Float, dropout: Float
    ) -> Tensor {
        let needsGradient =
            branch.needsGradient || residual.needsGradient || gain.isTrainable || bias.isTrainable
        let output = value(rows: branch.rows, width: branch.width, needsGradient: needsGradient)
        let site = site(dropout, active: branch.needsGradient || residual.needsGradient)
        let node = Operation.residualNorm(gain: gain.name, bias: bias.name, epsilon: epsilon, dropout: dropout)
        if records(node, [branch.id, residual.id], output) { return output }
        let norm = norm(branch.buffer!, rows: branch.rows, gain, bias)
        engine.workers.run(over: branch.rows, by: Self.rowTile) { rows, _ in
            normalize(norm, residual, output, site, epsilon, rows)
        }
        keep(
            .residualNorm(
                Step.ResidualNorm(branch: branch, residual: residual, output: output, norm: norm, site: site)), output)
        return output
    }

    /// The first token of each sequence: [sequences, width] from [tokens, width].
    public func firstToken(_ input: Tensor) -> Tensor {
        let output = value(
            rows: isRecording ? 1 : packing.count, width: input.width, needsGradient: input.needsGradient)
        if records(.firstToken, [input.id], output) { return output }
        for sequence in 0..<packing.count {
            let row = input.start + packing.starts[sequence] * input.width
            (output.start + sequence * input.width).update(from: row, count: input.width)
        }
        keep(.firstToken(input: input, output: output), output)
        return output
    }

    /// Elements set to zero with this probability while training, the others scaled up.
    ///
    /// Unlike the dropout inside other operations it works on frozen inputs too: it belongs to what follows.
    public func dropout(_ input: Tensor, _ probability: Float) -> Tensor {
        let output = value(rows: input.rows, width: input.width, needsGradient: input.needsGradient)
        let site = site(probability, active: true)
        if records(.dropout(probability), [input.id], output) { return output }
        drop(input.start, output.start, site, input)
        keep(.dropout(input: input, output: output, site: site), output)
        return output
    }

    func drop(
        _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ site: DropoutSite, _ like: Tensor
    ) {
        let (width, kind) = (like.width, rowKind(like))
        engine.workers.run(over: like.rows, by: Self.rowTile) { rows, _ in
            let first = rows.lowerBound
            withDropout(site, rows: kind, first: first) {
                ck_drop(to + first * width, from + first * width, rows.count, width, $0)
            }
        }
    }

    private func keep(_ step: Step, _ output: Tensor) { if output.needsGradient { tape.append(step) } }

    private func norm(_ input: Buffer, rows: Int, _ gain: Parameter, _ bias: Parameter) -> Step.Norm {
        Step.Norm(
            input: input, mean: engine.arena.buffer(rows), inverse: engine.arena.buffer(rows), gain: gain, bias: bias)
    }

    private func normalize(
        _ norm: Step.Norm, _ residual: Tensor?, _ output: Tensor, _ site: DropoutSite, _ epsilon: Float,
        _ rows: Range<Int>
    ) {
        let (first, width) = (rows.lowerBound, output.width)
        withDropout(site, rows: rowKind(output), first: first) {
            ck_residual_norm(
                norm.input.start + first * width, residual.map { $0.start + first * width },
                output.start + first * width, norm.mean.start + first, norm.inverse.start + first,
                norm.gain.value.start, norm.bias.value.start, rows.count, width, epsilon, $0)
        }
    }

    /// Calls `body` for each head of each sequence with where its first element is.
    func forEachHead(
        _ step: Step.Attention,
        _ body: (UnsafePointer<ck_attention_shape>, _ place: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
    ) {
        let width = step.query.width, size = width / step.heads
        let scratch = engine.reserve(scratch: ck_attention_scratch(scratchLength, size))
        engine.workers.run(tiles: packing.count * step.heads) { tile, worker in
            let (sequence, head) = (tile / step.heads, tile % step.heads)
            let tokens = packing[sequence]
            var shape = ck_attention_shape(
                length: tokens.count, size: size, stride: width, scale: step.scale,
                key: attentionKey(step.site, sequence: sequence, head: head), threshold: step.site.threshold,
                keep_scale: step.site.scale)
            body(&shape, tokens.lowerBound * width + head * size, scratch[worker].start)
        }
    }

    /// The longest sequence of this pass, or of one to come.
    var scratchLength: Int { max(packing.maximumLength, engine.largestPass.longest) }
}
