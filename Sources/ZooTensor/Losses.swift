internal import CKernels
internal import ZooBase

/// How cross-entropy weighs classes and softens labels.
public struct CrossEntropyOptions: Sendable, Hashable {
    /// One weight a class; nil weighs all alike.
    ///
    /// The mean is weighted, as in PyTorch.
    public var classWeights: [Float]?
    /// The share of the target that is spread over all classes.
    public var smoothing: Float

    /// Gathers the options.
    public init(classWeights: [Float]? = nil, smoothing: Float = 0) {
        self.classWeights = classWeights
        self.smoothing = smoothing
    }

    /// What the mean of `rows` rows divides by: the weights of their labels' classes together.
    public func weight(rows: Int, label: (_ row: Int) -> Int32) -> Double {
        var total = 0.0
        for row in 0..<rows {
            let label = label(row)
            if label != -100 { total += Double(classWeights?[Int(label)] ?? 1) }
        }
        return total
    }
}

// Losses end a pass: their value is a number, their gradient starts the backward pass.
extension Pass {
    /// Weighted mean cross-entropy of logits [rows, classes]; label -100 leaves a row out.
    ///
    /// Nan when all are left out. When the rows are a part of a step, `total` is the weight of all its rows, and the
    /// parts' values add up to the step's.
    public func crossEntropy(
        _ logits: Tensor, labels: [Int32], _ options: CrossEntropyOptions = .init(), total: Double? = nil
    ) -> Double {
        precondition(labels.count == logits.rows, "\(labels.count) labels for \(logits.rows) rows")
        return crossEntropy(logits, options, total: total) { labels[$0] }
    }

    /// Weighted mean cross-entropy of logits [rows, classes], as above, with a closure that tells the label of each row.
    public func crossEntropy(
        _ logits: Tensor, _ options: CrossEntropyOptions, total: Double? = nil, label: (_ row: Int) -> Int32
    ) -> Double {
        let (rows, classes) = (logits.rows, logits.width)
        precondition(options.classWeights.map { $0.count == classes } ?? true, "not one weight a class")
        let losses = engine.arena.buffer(rows), memory = engine.arena.buffer(rows)
        let slope = logits.needsGradient ? engine.arena.buffer(rows * classes) : nil
        let divisor = memory.start.withMemoryRebound(to: Int32.self, capacity: rows) { labels in
            for row in 0..<rows {
                labels[row] = label(row)
                precondition(
                    labels[row] == -100 || (0..<Int32(classes)).contains(labels[row]),
                    "a label outside 0..<\(classes)")
            }
            let divisor = total ?? options.weight(rows: rows) { labels[$0] }
            func compute(_ weights: UnsafePointer<Float>?) {
                ck_cross_entropy(
                    losses.start, slope?.start, logits.start, labels, weights, options.smoothing, Float(1 / divisor),
                    rows, classes)
            }
            if let weights = options.classWeights { compute(weights) } else { compute(nil) }
            return divisor
        }
        if let slope { tape.append(.loss(input: logits, slope: slope)) }
        return losses.elements.reduce(0) { $0 + Double($1) } / divisor
    }

    /// Mean squared error of predictions [rows, columns].
    ///
    /// When the rows are a part of a step, `total` is the number of all its rows.
    public func squaredError(_ predictions: Tensor, targets: [Float], total: Int? = nil) -> Double {
        let count = predictions.data.count
        precondition(targets.count == count, "\(targets.count) targets for \(count) predictions")
        return squaredError(predictions, total: total) { targets[$0] }
    }

    /// Mean squared error, as above, with a closure that tells the target of each prediction.
    public func squaredError(_ predictions: Tensor, total: Int? = nil, target: (_ place: Int) -> Float) -> Double {
        let values = predictions.data, total = total ?? values.count
        let slope = predictions.needsGradient ? engine.arena.buffer(values.count) : nil
        var sum = 0.0
        for place in values.indices {
            let error = values[place] - target(place)
            sum += Double(error * error)
            slope?.start[place] = 2 * error / Float(total)
        }
        if let slope { tape.append(.loss(input: predictions, slope: slope)) }
        return sum / Double(total)
    }
}
