internal import CKernels
internal import ZooBase

// What a model loses by saying something else than its teacher. Like Losses.swift; each adds to the gradient of what it
// looks at, so a pass may end in several.
extension Pass {
    /// Temperature² · KL(teacher ‖ student) of the softmax of both at `temperature`, summed over the rows, times `share`,
    /// divided by `total`, the number of rows of the whole step (Hinton, Vinyals and Dean, arXiv:1503.02531).
    ///
    /// Logits are [rows, classes]; `teacher` has as many numbers in the same order.
    public func softLabels(
        _ logits: Tensor, teacher: [Float], temperature: Float, share: Double, total: Double
    ) -> Double {
        let (rows, classes) = (logits.rows, logits.width)
        precondition(teacher.count == rows * classes, "\(teacher.count) numbers of a teacher for \(logits.shape)")
        let slope = logits.needsGradient ? engine.arena.buffer(rows * classes) : nil
        // d/dx of T² KL is T (q - p).
        let factor = Float(share * Double(temperature) / total)
        var sum = 0.0
        var wanted = [Float](repeating: 0, count: classes), found = wanted, wantedLog = wanted, foundLog = wanted
        for row in 0..<rows {
            let first = row * classes
            teacher.withUnsafeBufferPointer { teacher in
                Self.logSoftmax(&wantedLog, &wanted, teacher.baseAddress! + first, temperature)
            }
            Self.logSoftmax(&foundLog, &found, logits.start + first, temperature)
            for place in 0..<classes {
                sum += Double(wanted[place]) * Double(wantedLog[place] - foundLog[place])
                slope?.start[first + place] = (found[place] - wanted[place]) * factor
            }
        }
        if let slope { tape.append(.loss(input: logits, slope: slope)) }
        return sum * share * Double(temperature) * Double(temperature) / total
    }

    /// Logarithms of the softmax of numbers divided by `temperature`, and the softmax itself.
    private static func logSoftmax(
        _ logs: inout [Float], _ shares: inout [Float], _ numbers: UnsafePointer<Float>, _ temperature: Float
    ) {
        for place in logs.indices { logs[place] = numbers[place] / temperature }
        let top = logs.max() ?? 0
        for place in logs.indices { logs[place] -= top }
        ck_exp(&shares, logs, logs.count)
        var sum = shares.reduce(0, +), logSum: Float = 0
        ck_log(&logSum, &sum, 1)
        for place in logs.indices { logs[place] -= logSum }
        ck_exp(&shares, logs, logs.count)
    }

    /// Σ (student - teacher)² over the hidden states [tokens, width] of the sequences that are `compared`, times `share`,
    /// divided by `total`, the number of elements compared in the whole step (as in TinyBERT, arXiv:1909.10351).
    ///
    /// `fill` writes the teacher's states, [tokens, width]; what it writes for other sequences does not matter.
    public func squaredDistance(
        _ states: Tensor, compared: [Bool], share: Double, total: Double,
        fill: (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Double {
        precondition(states.rows == packing.tokenCount && compared.count == packing.count, "\(states.shape)")
        let width = states.width
        let slope = engine.arena.matrix(rows: states.rows, width: width)
        fill(slope.elements)
        let factor = Float(2 * share / total)
        var sums = [Float](repeating: 0, count: packing.count)
        sums.withUnsafeMutableBufferPointer { sums in
            // Each tile writes the sum of its own sequence.
            let sums = sums.baseAddress!
            engine.workers.run(tiles: packing.count) { sequence, _ in
                let (first, count) = (packing.starts[sequence] * width, packing[sequence].count * width)
                let (own, theirs) = (states.start + first, slope.start + first)
                guard compared[sequence] else {
                    theirs.update(repeating: 0, count: count)
                    return
                }
                for place in 0..<count { theirs[place] = own[place] - theirs[place] }
                sums[sequence] = ck_sum_of_squares(theirs, count)
                ck_decay(theirs, count, factor)
            }
        }
        if states.needsGradient { tape.append(.loss(input: states, slope: slope)) }
        return sums.reduce(0) { $0 + Double($1) } * share / total
    }
}
