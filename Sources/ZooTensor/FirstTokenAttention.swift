internal import CKernels
internal import ZooBase

extension Pass {
    /// Attention of the first token of each sequence to all its tokens: [sequences, width] from the first tokens'
    /// queries, of that shape, and the states [tokens, size] that `key` and `value` would make keys and values of.
    ///
    /// With keys Wk x + a, a head's scores are (Wkᵀ q)·x but for q·a, which is the same for every token, so that softmax
    /// does not see it; with values Wv x + b, what it puts out is Wv (Σ p x) + b Σ p. So neither keys nor values are
    /// computed: a product with each of the two matrices for every sequence instead of one for every token.
    ///
    /// The bias of the keys changes nothing, and its gradient is zero.
    public func firstTokenAttention(
        query: Tensor, of states: Tensor, key: LinearParameters, value: LinearParameters, heads: Int, scale: Float,
        dropout: Float
    ) -> Tensor {
        func fits(_ layer: LinearParameters) -> Bool {
            layer.weight.shape[0] == query.width && layer.weight.shape[1] == states.width
        }
        precondition(!isRecording, "a recorded graph has keys and values")
        precondition(query.rows == packing.count, "\(query.shape) queries for \(packing.count) sequences")
        precondition(
            fits(key) && fits(value) && query.width % heads == 0,
            "\(heads) heads of \(key.weight.shape) keys and \(value.weight.shape) values do not fit \(states.shape)")
        let needsGradient =
            query.needsGradient || states.needsGradient || key.isTrainable || value.isTrainable
        let output = self.value(rows: query.rows, width: query.width, needsGradient: needsGradient)
        let (arena, wide) = (engine.arena, packing.count * heads * states.width)
        let step = Step.FirstTokenAttention(
            query: query, states: states, output: output, key: key, value: value, heads: heads, scale: scale,
            site: site(dropout, active: needsGradient), asked: arena.buffer(wide), mixed: arena.buffer(wide),
            shares: arena.buffer(packing.count * heads),
            probabilities: arena.buffer(packing.tokenCount * Step.FirstTokenAttention.lanes(heads)))
        let products = HeadProducts(step, sequences: packing.count)
        products.run(engine) { head, scratch in
            products.through(key.weight, head, query.start, to: step.asked.start, scratch)
        }
        forEachSequence(step) { shape, sequence, token, scratch in
            ck_first_attention(
                step.mixed.start + sequence * heads * states.width, step.shares.start + sequence * heads,
                step.probabilities.start + token * Step.FirstTokenAttention.lanes(heads),
                states.start + token * states.width,
                step.asked.start + sequence * heads * states.width, shape, scratch)
        }
        products.run(engine) { head, scratch in
            products.back(value.weight, head, step.mixed.start, to: output.start, scratch)
            guard let bias = value.bias else { return }
            products.forEachElement(head) { sequence, column, place in
                output.start[place] += step.shares.start[sequence * heads + head] * bias.value.start[column]
            }
        }
        if output.needsGradient { tape.append(.firstTokenAttention(step)) }
        return output
    }

    /// With u = Wkᵀ q and z = Σ p x: dz = Wvᵀ dy, dWv = dy zᵀ, dp = dz·x + dy·b; then ds as in `attention`,
    /// dx = Σ p dz + ds u, du = Σ ds x; dq = Wk du, dWk = q duᵀ.
    func backward(_ step: Step.FirstTokenAttention) {
        let slope = step.output.takeGradient()
        let (query, states, heads) = (step.query, step.states, step.heads)
        let (key, value) = (step.key, step.value)
        let products = HeadProducts(step, sequences: packing.count)
        let arena = engine.arena
        let (asked, mixed) = (arena.buffer(step.asked.count), arena.buffer(step.mixed.count))
        let shares = arena.buffer(step.shares.count)
        let valueGradient = value.weight.isTrainable ? value.weight.denseGradient().start : nil
        let biasGradient = value.bias.flatMap { $0.isTrainable ? $0.denseGradient().start : nil }
        products.run(engine) { head, scratch in
            products.through(value.weight, head, slope.start, to: mixed.start, scratch)
            if let valueGradient {
                products.outer(
                    head, slope.start, step.mixed.start, to: valueGradient, accumulates: accumulates, scratch)
            }
            for sequence in 0..<packing.count { shares.start[sequence * heads + head] = 0 }
            if let biasGradient, !accumulates {
                for column in products.columns(head) { biasGradient[column] = 0 }
            }
            guard let bias = value.bias else { return }
            products.forEachElement(head) { sequence, column, place in
                let share = sequence * heads + head
                shares.start[share] += slope.start[place] * bias.value.start[column]
                biasGradient?[column] += slope.start[place] * step.shares.start[share]
            }
        }
        let accumulatesStates = states.gradient != nil
        if states.needsGradient, !accumulatesStates {
            states.gradient = arena.matrix(rows: states.rows, width: states.width)
        }
        let target = states.needsGradient ? states.gradient!.start : nil
        forEachSequence(step) { shape, sequence, token, scratch in
            let place = sequence * heads * states.width
            ck_first_attention_backward(
                target.map { $0 + token * states.width }, asked.start + place, mixed.start + place,
                shares.start + sequence * heads, states.start + token * states.width, step.asked.start + place,
                step.probabilities.start + token * Step.FirstTokenAttention.lanes(heads), accumulatesStates ? 1 : 0,
                shape, scratch)
        }
        let keyGradient = key.weight.isTrainable ? key.weight.denseGradient().start : nil
        let queryGradient = query.needsGradient ? arena.matrix(rows: query.rows, width: query.width) : nil
        products.run(engine) { head, scratch in
            if let queryGradient { products.back(key.weight, head, asked.start, to: queryGradient.start, scratch) }
            if let keyGradient {
                products.outer(head, query.start, asked.start, to: keyGradient, accumulates: accumulates, scratch)
            }
        }
        if let bias = key.bias, bias.isTrainable, !accumulates {
            bias.denseGradient().elements.update(repeating: 0)
        }
        if let queryGradient { contribute(queryGradient, to: query) }
    }

    /// Calls `body` for each sequence, with its first token.
    private func forEachSequence(
        _ step: Step.FirstTokenAttention,
        _ body: (
            UnsafePointer<ck_first_attention_shape>, _ sequence: Int, _ token: Int, UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let width = step.states.width
        let scratch = engine.reserve(
            scratch: ck_first_attention_scratch(scratchLength, width, step.heads))
        engine.workers.run(tiles: packing.count) { sequence, worker in
            let tokens = packing[sequence]
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: step.heads) { keys in
                for head in 0..<step.heads {
                    keys.initializeElement(at: head, to: attentionKey(step.site, sequence: sequence, head: head))
                }
                var shape = ck_first_attention_shape(
                    length: tokens.count, width: width, heads: step.heads, scale: step.scale, keys: keys.baseAddress,
                    threshold: step.site.threshold, keep_scale: step.site.scale)
                body(&shape, sequence, tokens.lowerBound, scratch[worker].start)
            }
        }
    }
}

/// Products with the rows of a matrix [width, size] that belong to one head, for all sequences: of what a head has for each
/// of its own columns, [sequences, width], and what it has for each column of the states, [sequences, heads × size].
private struct HeadProducts {
    private let sequences: Int, heads: Int
    /// Columns of a head, of the states.
    private let own: Int, size: Int
    private static let panel = Int(CK_PANEL)

    init(_ step: Step.FirstTokenAttention, sequences: Int) {
        self.sequences = sequences
        heads = step.heads
        own = step.query.width / heads
        size = step.states.width
    }

    private func panels(_ columns: Int) -> Int { (columns + Self.panel - 1) / Self.panel * Self.panel }

    func columns(_ head: Int) -> Range<Int> { head * own..<(head + 1) * own }

    /// Calls `body` for each head with scratch memory for the products below.
    func run(_ engine: Engine, _ body: (_ head: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void) {
        let most = max(
            panels(size) * own, panels(own) * size,
            (panels(own) + panels(size)) * max(sequences, engine.largestPass.sequences))
        let scratch = engine.reserve(scratch: most)
        engine.workers.run(tiles: heads) { head, worker in body(head, scratch[worker].start) }
    }

    /// Calls `body` for each of a head's elements of a matrix [sequences, width], at `place`.
    func forEachElement(_ head: Int, _ body: (_ sequence: Int, _ column: Int, _ place: Int) -> Void) {
        for sequence in 0..<sequences {
            for column in columns(head) { body(sequence, column, sequence * heads * own + column) }
        }
    }

    /// [sequences, size] = [sequences, own] W.
    func through(
        _ weight: Parameter, _ head: Int, _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        ck_pack(scratch, weight.value.start + head * own * size, size, own, size, own)
        ck_product(
            to + head * size, heads * size, from + head * own, heads * own, scratch, nil, sequences, size, own, 0)
    }

    /// [sequences, own] = [sequences, size] Wᵀ.
    func back(
        _ weight: Parameter, _ head: Int, _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        ck_pack_transposed(scratch, weight.value.start + head * own * size, size, size, own)
        ck_product(
            to + head * own, heads * own, from + head * size, heads * size, scratch, nil, sequences, own, size, 0)
    }

    /// W's gradient: [own, size] (+)= [sequences, own]ᵀ [sequences, size].
    func outer(
        _ head: Int, _ narrow: UnsafePointer<Float>, _ wide: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>,
        accumulates: Bool, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let right = scratch + panels(own) * sequences
        ck_pack_left(scratch, nil, narrow + head * own, heads * own, sequences, own, sequences)
        ck_pack(right, wide + head * size, heads * size, sequences, size, sequences)
        ck_product(
            to + head * own * size, size, scratch, 0, right, nil, own, size, sequences, accumulates ? 1 : 0)
    }
}
